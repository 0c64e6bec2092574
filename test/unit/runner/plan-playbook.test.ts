import { expect, test } from 'vitest'
import { CutoverError } from '../../../src/core/errors.ts'
import type { Playbook } from '../../../src/core/playbook.ts'
import type { SystemSpec } from '../../../src/core/system-specs.ts'
import { planPlaybook } from '../../../src/runner/plan-playbook.ts'
import { renderPlan } from '../../../src/runner/render-plan.ts'
import type { Plan } from '../../../src/runner/plan.ts'
import { gate, playbookOf, step } from './small-world.ts'
import { setStage, type Stage } from './start.ts'

const playbook = playbookOf({
  prepare: [gate('ready'), step('account'), step('burn', { uses: 'burn-cell' })],
  pause: [
    step('fence', { onFailure: 'stop' }),
    gate('quiet', { timing: { goodReadings: 3 } }),
    step('release', { pointOfNoReturn: true }),
  ],
})

function planOn(stage: Stage, of = playbook): Promise<Plan> {
  return stage.clock.drive(planPlaybook(stage.options(of)))
}

test('a plan tells every item, what it would change, and changes nothing', async () => {
  const stage = setStage()
  stage.world.cells.set('fence', 'down')
  const plan = await planOn(stage)
  expect(plan.ok).toBe(true)
  expect(plan.lines.map(({ number, id, phase }) => [number, id, phase])).toEqual([
    [1, 'ready', 'prepare'],
    [2, 'account', 'prepare'],
    [3, 'burn', 'prepare'],
    [4, 'fence', 'pause'],
    [5, 'quiet', 'pause'],
    [6, 'release', 'pause'],
  ])
  expect(plan.lines[3]).toMatchObject({
    changes: [{ subject: 'cell fence', from: 'down', to: 'new fence', fidelity: 'exact' }],
    fidelity: 'exact',
    undo: { possible: true },
  })
  expect(plan.lines[2]).toMatchObject({ undo: { possible: false, why: 'ashes stay ashes' } })
  expect(stage.world.calls.every((call) => call.startsWith('plan'))).toBe(true)
  expect(stage.journal.entries).toEqual([])
})

test('a change of what an earlier step changes, too, is only predicted', async () => {
  const again = step('again', { with: { cell: 'account', to: 'newer account' } })
  const plan = await planOn(
    setStage(),
    playbookOf({ prepare: [step('account'), step('other')], pause: [again] }),
  )
  expect(plan.lines.map((line) => line.type === 'step' && [line.id, line.fidelity])).toEqual([
    ['account', 'exact'],
    ['other', 'exact'],
    ['again', 'predicted'],
  ])
  expect(renderPlan(plan, { colour: false })).toContain('+ cell account  (predicted)')
})

test('a plan says when the pause may begin, and when it is too late for it', async () => {
  const stage = setStage()
  const now = stage.clock.now().getTime()
  const pauseLineOf = async (window: Playbook['window']): Promise<string> => {
    const plan = await planOn(stage, { ...playbook, window })
    const lines = renderPlan(plan, { colour: false, offsetMinutes: 480 }).split('\n')
    return lines[lines.findIndex((line) => line.startsWith('PAUSE')) + 1] ?? ''
  }
  expect(await pauseLineOf({ notBefore: now + 3_600_000, notAfter: now + 7_200_000 })).toMatch(
    /^ {2}between \S+ \S+ and \S+ \+08:00, opens in 1 h 00 min; must begin by \S+, in 1 h 58 min$/,
  )
  expect(await pauseLineOf({ notBefore: now - 1, notAfter: now + 60_000 })).toMatch(
    /, too late by 1 min 00 s: had to begin by \S+$/,
  )
})

test('a system that cannot be looked at keeps the plan from being run', async () => {
  const nacos: SystemSpec = { kind: 'nacos', servers: ['http://x'], contextPath: '/nacos', namespace: '' }
  const stage = setStage()
  const options = stage.options({ ...playbook, systems: { center: nacos } })
  const away = (): never => {
    throw new CutoverError('system.unreachable', 'center does not answer')
  }
  const plan = await planPlaybook({ ...options, ports: { ...options.ports, configCenter: away } })
  expect(plan).toMatchObject({
    ok: false,
    errors: [{ id: 'center', failure: { code: 'system.unreachable' } }],
  })
  expect(renderPlan(plan, { colour: false })).toContain('center  cannot be looked at: center does not answer')
})

test('the digest is the same for the same world and differs when the world or the playbook does', async () => {
  const stage = setStage()
  const first = await planOn(stage)
  expect((await planOn(stage)).digest).toBe(first.digest)
  expect((await planOn(stage, { ...playbook, digest: 'edited' })).digest).not.toBe(first.digest)
  stage.world.cells.set('fence', 'half up')
  expect((await planOn(stage)).digest).not.toBe(first.digest)
})

test('an item that cannot be looked at is a line, and the others are still planned', async () => {
  const stage = setStage()
  stage.world.on.set('plan account', () => {
    throw new CutoverError('verify.failed', 'no such table yet')
  })
  const plan = await planOn(stage)
  expect(plan.ok).toBe(true)
  expect(plan.lines[1]).toMatchObject({
    fidelity: 'unknown',
    changes: [],
    cannotBeLookedAt: { code: 'verify.failed', message: 'no such table yet' },
  })
  expect(plan.lines[3]).toMatchObject({ changes: [{ subject: 'cell fence' }] })
})

test.each(['system.unreachable', 'system.unauthenticated', 'system.forbidden'] as const)(
  'a plan whose look ends with %s must not be run',
  async (code) => {
    const stage = setStage()
    stage.world.on.set('plan fence', () => {
      throw new CutoverError(code, 'source said no', { hint: 'Look at the password.' })
    })
    const plan = await planOn(stage)
    expect(plan.ok).toBe(false)
    expect(plan.errors).toEqual([
      { id: 'fence', failure: { code, message: 'source said no', hint: 'Look at the password.' } },
    ])
    expect(renderPlan(plan, { colour: false })).toContain(
      'Must not be run: fence: source said no. Look at the password.',
    )
  },
)

test('a look that hangs is given up after 30 s', async () => {
  const stage = setStage()
  stage.world.on.set('plan fence', () => new Promise(() => undefined))
  const plan = await planOn(stage)
  expect(plan.lines[3]).toMatchObject({ cannotBeLookedAt: { code: 'deadline' } })
  expect(stage.clock.monotonicMs()).toBe(30_000)
})

test('a plan that is stopped is no plan', async () => {
  const stage = setStage()
  stage.world.on.set('plan fence', () => stage.stop.abort(new CutoverError('interrupted', 'stopped')))
  await expect(planOn(stage)).rejects.toMatchObject({ code: 'interrupted' })
})

test('a run whose plan is the approved one goes ahead', async () => {
  const stage = setStage()
  const { digest } = await planOn(stage)
  const outcome = await stage.run(playbook, { expectedPlanDigest: digest })
  expect(outcome.end).toBe('completed')
  expect(stage.journal.entries[0]).toMatchObject({ type: 'run.started', planDigest: digest })
})

test('a run ends before its first step when the world is not what the approved plan saw', async () => {
  const stage = setStage()
  const { digest } = await planOn(stage)
  stage.world.cells.set('fence', 'moved by somebody')
  const outcome = await stage.run(playbook, { expectedPlanDigest: digest })
  expect(outcome).toMatchObject({ end: 'stopped', nothingChanged: true, failure: { code: 'plan.drift' } })
  expect(stage.world.calls.every((call) => call.startsWith('plan'))).toBe(true)
})

test('a run that cannot look again says what is in the way, not that the plan differs', async () => {
  const stage = setStage()
  const { digest } = await planOn(stage)
  stage.world.on.set('plan fence', () => {
    throw new CutoverError('system.unreachable', 'source does not answer')
  })
  const outcome = await stage.run(playbook, { expectedPlanDigest: digest })
  expect(outcome).toMatchObject({
    end: 'stopped',
    nothingChanged: true,
    failure: { code: 'system.unreachable' },
  })
})

test('the plan reads like a page', async () => {
  const stage = setStage()
  stage.world.cells.set('fence', 'down')
  stage.world.cells.set('account', 'new account')
  const plan = await planOn(stage)
  expect(renderPlan(plan, { colour: false })).toBe(`Plan of small  Set cells.
small.yaml

PREPARE  nobody notices
  1. gate  ready (cell-gate)  at most 10 s
            must hold: the test says so
  2. step  account (set-cell)  undo: yes, at most 20 s
            nothing to do, it is so already
  3. step  burn (burn-cell)  undo: no, ashes stay ashes, at most 20 s
          + cell burn  (exact)
              to    new burn

PAUSE  writes are refused or held, at most 2 min 00 s
  4. step  fence (set-cell)  undo: yes, at most 20 s, a failure stops the run as it stands
          ~ cell fence  (exact)
              from  down
              to    new fence
  5. gate  quiet (cell-gate)  at most 10 s, 3 good readings in a row
            must hold: the test says so
  ──────── POINT OF NO RETURN ────────  above: a failure walks back by itself; below: forward only
  6. step  release (set-cell)  undo: no, it is past the point of no return, at most 20 s
          + cell release  (exact)
              to    new release

4 steps, 3 changes, 2 gates.
digest ${plan.digest}
`)
})

test('colours add nothing but colours', async () => {
  const plan = await planOn(setStage())
  const coloured = renderPlan(plan, { colour: true })
  expect(coloured).toContain('\u001b[')
  // eslint-disable-next-line no-control-regex -- the escape is what is looked for
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(renderPlan(plan, { colour: false }))
})
