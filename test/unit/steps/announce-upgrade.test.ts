import { describe, expect, it } from 'vitest'
import { parseNotice, type Notice } from '../../../src/core/notice.ts'
import { announceUpgrade } from '../../../src/steps/announce-upgrade.ts'
import { documentKey, overwrite } from '../../fakes/fake-config-center.ts'
import { createFakeWorld, noticeDocument, type FakeWorld } from '../../fakes/fake-world.ts'
import { failureOf, followsTheRulesOfSteps } from './step-rules.ts'

const upgrading = { phase: 'upgrading', services: ['orders'], expectedPause: '30s', validFor: '10m' }
const want = announceUpgrade.schema.parse(upgrading)

const foreign: Notice = {
  kind: 'cutover-notice',
  version: 1,
  runId: 'other-run',
  epoch: 1,
  phase: 'done',
  services: ['orders'],
  since: '2026-11-20T02:00:00.000Z',
  until: '2026-11-20T02:10:00.000Z',
  retryAfterSeconds: 1,
}

function publish(world: FakeWorld, notice: Partial<Notice>): void {
  overwrite(world.center, noticeDocument, JSON.stringify({ ...foreign, ...notice }), { type: 'json' })
}
function noticeOf(world: FakeWorld): Notice | undefined {
  return parseNotice(world.center.documents.get(documentKey(noticeDocument))?.content ?? '')
}

followsTheRulesOfSteps('announce-upgrade', { kind: announceUpgrade, with: upgrading })
followsTheRulesOfSteps('announce-upgrade over an old notice', {
  kind: announceUpgrade,
  with: upgrading,
  prepare: (world) => publish(world, {}),
})

describe('announce-upgrade', () => {
  it('says phase, end and Retry-After', async () => {
    const world = createFakeWorld()
    await announceUpgrade.run(world.context(), want, { before: null })
    expect(noticeOf(world)).toEqual({
      kind: 'cutover-notice',
      version: 1,
      runId: 'run-1',
      epoch: 1,
      phase: 'upgrading',
      services: ['orders'],
      since: '2026-11-21T02:00:00.000Z',
      until: '2026-11-21T02:10:00.000Z',
      retryAfterSeconds: 30,
    })
  })

  it.each([
    ['ahead', 3_600_000],
    ['back', -3_600_000],
  ])('speaks by the clock of the center when its own is an hour %s', async (_name, ms) => {
    const world = createFakeWorld()
    world.clock.jump(ms)
    await announceUpgrade.run(world.context(), want, { before: null })
    expect(noticeOf(world)).toMatchObject({ until: '2026-11-21T02:10:00.000Z' })
    expect(await announceUpgrade.verify(world.context(), want, { before: null })).toMatchObject({
      holds: true,
    })
  })

  it('speaks by its own clock when the center does not tell the time', async () => {
    const world = createFakeWorld()
    world.center.tellsTime = false
    world.clock.jump(3_600_000)
    await announceUpgrade.run(world.context(), want, { before: null })
    expect(noticeOf(world)).toMatchObject({ until: '2026-11-21T03:10:00.000Z' })
  })

  it('does not shout over another run that is live and newer', async () => {
    const world = createFakeWorld()
    publish(world, { epoch: 4, phase: 'upgrading', until: '2026-11-21T02:05:00.000Z' })
    const before = world.snapshot()
    const failure = await failureOf(announceUpgrade.run(world.context(), want, { before: null }))
    expect(failure).toMatchObject({ code: 'conflict', message: expect.stringContaining('other-run') })
    await announceUpgrade.undo?.(world.context(), want, { before: null })
    expect(world.snapshot()).toEqual(before)
  })

  it('is never older than a notice that services have seen', async () => {
    const world = createFakeWorld()
    publish(world, { epoch: 4 })
    await announceUpgrade.run(world.context(), want, { before: null })
    expect(noticeOf(world)).toMatchObject({ runId: 'run-1', epoch: 4 })
  })

  it('does not count as said when it has ended', async () => {
    const world = createFakeWorld()
    await announceUpgrade.run(world.context(), want, { before: null })
    await world.clock.advance(10 * 60_000)
    expect(await announceUpgrade.verify(world.context(), want, { before: null })).toMatchObject({
      holds: false,
    })
  })

  it('does not touch a document that is not a notice', async () => {
    const world = createFakeWorld()
    overwrite(world.center, noticeDocument, 'spring.datasource.password=x')
    const failure = await failureOf(announceUpgrade.observe(world.context(), want))
    expect(failure).toMatchObject({
      code: 'system.refused',
      message: expect.stringContaining('not a notice'),
    })
  })

  it('says what the playbook lacks', async () => {
    const world = createFakeWorld()
    const ports = { ...world.ports, notice: undefined }
    const failure = await failureOf(announceUpgrade.plan(world.context({ ports }), want))
    expect(failure.code).toBe('playbook.invalid')
  })
})
