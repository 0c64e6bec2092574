import { describe, expect, it } from 'vitest'
import { doByHand } from '../../../src/steps/do-by-hand.ts'
import { runCommand } from '../../../src/steps/run-command.ts'
import { smokeTest } from '../../../src/steps/smoke-test.ts'
import { switchConfig } from '../../../src/steps/switch-config.ts'
import { restartServices } from '../../../src/steps/restart-services.ts'
import { addAccount } from '../../fakes/fake-database-server.ts'
import { createFakeWorld, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { failureOf, followsTheRulesOfSteps } from './step-rules.ts'

const smoke = {
  service: 'orders',
  requests: [
    {
      name: 'health',
      get: '/health',
      expect: { status: 200, bodyContains: 'ok', headers: { Server: 'fake' } },
    },
    { name: 'write', post: '/orders', json: { id: '{{canary}}' }, expect: { status: 201 } },
    { name: 'read', get: '/orders/{{canary}}', expect: { status: 200, bodyContains: '{{canary}}' } },
  ],
  canary: { target: 'target', source: 'source', schema: 'orders', table: 'orders', column: 'id' },
}
const command = {
  command: ['backup', '--schema', 'orders'],
  env: { PASSWORD: 'env:ORDERS_RW_PASSWORD' },
  undo: ['backup', '--forget'],
}
const byHand = { instructions: 'Silence the alarms of orders.', undo: 'Turn the alarms on again.' }

/** The service writes to the target, as it does when the smoke test comes. */
function moveOrders(world: FakeWorld): void {
  addAccount(
    world.target,
    'orders_app',
    `${sentinel}-app`,
    ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].map((privilege) => `${privilege} ON orders.*`),
  )
  for (const instance of world.orders.instances) {
    instance.datasource = { database: 'target', user: 'orders_app' }
  }
}

followsTheRulesOfSteps('smoke-test', { kind: smokeTest, with: smoke, prepare: moveOrders })
followsTheRulesOfSteps('run-command', { kind: runCommand, with: command, leavesNoTrace: true })
followsTheRulesOfSteps('do-by-hand', { kind: doByHand, with: byHand, leavesNoTrace: true })

describe('smoke-test', () => {
  const want = smokeTest.schema.parse(smoke)
  const seen = { canary: 'canary-run-1' }

  it('names service, request, answer and expectation when an answer is wrong', async () => {
    const world = createFakeWorld()
    moveOrders(world)
    world.target.accounts.delete('orders_app@%')
    const failure = await failureOf(smokeTest.run(world.context(), want, seen))
    expect(failure.code).toBe('smoke.failed')
    expect(failure.message).toBe('smoke request "write" of orders: POST /orders answered 503, expected 201')
  })

  it('fails when nobody answers', async () => {
    const world = createFakeWorld()
    world.orders.down = true
    const failure = await failureOf(smokeTest.run(world.context(), want, seen))
    expect(failure).toMatchObject({ code: 'smoke.failed', message: expect.stringContaining('got no answer') })
  })

  it('does not take a stranger’s duplicate for its own row', async () => {
    const world = createFakeWorld()
    moveOrders(world)
    const stubborn = { ...smoke, requests: [{ ...smoke.requests[1], json: { id: 'taken' } }] }
    world.target.rows.set('orders.orders', [{ id: 'taken' }])
    const failure = await failureOf(smokeTest.run(world.context(), smokeTest.schema.parse(stubborn), seen))
    expect(failure.message).toContain('answered 409, expected 201')
  })

  it('finds out that the service still writes to the source', async () => {
    const world = createFakeWorld()
    await smokeTest.run(world.context({ runId: 'wrong-side' }), want, seen)
    expect(await smokeTest.verify(world.context({ runId: 'wrong-side' }), want, seen)).toMatchObject({
      holds: false,
      reason: 'row canary-wrong-side of orders.orders is not on target',
    })
  })

  it('finds out that the row is on both servers', async () => {
    const world = createFakeWorld()
    moveOrders(world)
    const context = world.context({ runId: 'both-sides' })
    await smokeTest.run(context, want, seen)
    world.source.rows.set('orders.orders', [{ id: 'canary-both-sides' }])
    expect(await smokeTest.verify(context, want, seen)).toMatchObject({
      holds: false,
      reason: 'row canary-both-sides of orders.orders is on source too',
    })
  })

  it('does not look at a server to which a sync carries the row', async () => {
    const world = createFakeWorld()
    moveOrders(world)
    const context = world.context({ runId: 'travelling' })
    const { source: _source, ...canary } = smoke.canary
    const one = smokeTest.schema.parse({ ...smoke, canary })
    await smokeTest.run(context, one, seen)
    world.source.rows.set('orders.orders', [{ id: 'canary-travelling' }])
    expect(await smokeTest.verify(context, one, seen)).toMatchObject({
      holds: true,
      evidence: expect.stringContaining('is on target'),
    })
  })

  it('wants exactly one method per request', () => {
    const two = { ...smoke, requests: [{ name: 'x', get: '/a', post: '/b', expect: { status: 200 } }] }
    expect(smokeTest.schema.safeParse(two).success).toBe(false)
  })
})

describe('run-command', () => {
  const want = runCommand.schema.parse(command)

  it('gives secrets in the environment and never in the arguments', async () => {
    const world = createFakeWorld()
    await runCommand.run(world.context(), want, { program: 'backup' })
    expect(world.commandEnvironments).toEqual([{ PASSWORD: `${sentinel}-rw` }])
    expect(JSON.stringify(world.commandsRun)).not.toContain(sentinel)
  })

  it('fails with status and last words of the program', async () => {
    const world = createFakeWorld()
    world.commandResult = () => ({ exitCode: 3, outputTail: 'copying\nno space left\n' })
    const failure = await failureOf(runCommand.run(world.context(), want, { program: 'backup' }))
    expect(failure.code).toBe('command.failed')
    expect(failure.message).toBe('backup --schema orders ended with status 3: copying / no space left')
  })

  it('lets its own check decide', async () => {
    const world = createFakeWorld()
    const checked = runCommand.schema.parse({ ...command, verify: ['check'] })
    world.commandResult = ([program]) => ({ exitCode: program === 'check' ? 1 : 0, outputTail: '' })
    await runCommand.run(world.context(), checked, { program: 'backup' })
    expect(await runCommand.verify(world.context(), checked, { program: 'backup' })).toEqual({
      holds: false,
      reason: 'check ended with status 1',
    })
  })

  it('runs its undo, and says so when it has none', async () => {
    const world = createFakeWorld()
    await runCommand.undo?.(world.context(), want, { program: 'backup' })
    expect(world.commandsRun).toEqual([['backup', '--forget']])
    const without = runCommand.schema.parse({ command: ['notify'] })
    await runCommand.undo?.(world.context(), without, { program: 'notify' })
    expect(world.said).toEqual(['notify has no undo; its effect stays'])
  })
})

describe('do-by-hand', () => {
  const want = doByHand.schema.parse(byHand)

  it('stops when the operator does not confirm', async () => {
    const world = createFakeWorld()
    world.answer = { agreed: false, why: 'no terminal' }
    const failure = await failureOf(doByHand.run(world.context(), want, { asked: '' }))
    expect(failure).toMatchObject({
      code: 'operator.declined',
      message: expect.stringContaining('no terminal'),
    })
  })

  it('asks for the way back too', async () => {
    const world = createFakeWorld()
    await doByHand.undo?.(world.context(), want, { asked: '' })
    expect(world.questions.map(({ text }) => text)).toEqual(['Turn the alarms on again.\nIs it done?'])
  })
})

describe('the whole way there', () => {
  it('leads the smoke test to the target after the config was switched and the service restarted', async () => {
    const world = createFakeWorld()
    const context = world.context({ runId: 'whole-way' })
    addAccount(
      world.target,
      'orders_rw',
      `${sentinel}-rw`,
      ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].map((privilege) => `${privilege} ON orders.*`),
    )
    const datasource = { database: 'target', user: 'orders_rw', password: 'env:ORDERS_RW_PASSWORD' }
    const config = switchConfig.schema.parse({ service: 'orders', datasource })
    await switchConfig.run(context, config, await switchConfig.observe(context, config))
    await restartServices.run(context, { services: ['orders'] }, { services: ['orders'] })
    const want = smokeTest.schema.parse(smoke)
    await smokeTest.run(context, want, { canary: 'canary-whole-way' })
    expect(await smokeTest.verify(context, want, { canary: 'canary-whole-way' })).toMatchObject({
      holds: true,
      evidence: expect.stringContaining('is on target, not on source'),
    })
  })
})
