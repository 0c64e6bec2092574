import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../src/core/errors.ts'
import type { FailureMoment } from '../../fakes/fail-at-call.ts'
import { addReports, sentinel, type FakeWorld } from '../../fakes/fake-world.ts'
import { buildWorld, carryOut, failEachCall, loadShipped } from './whole-runs.ts'

const instanceFence = 'fence: instance'
const accountOfSource = 'fence: account, accounts: [orders_app], tables: [{ schema: orders }]'

/** Both servers are used by others, too, and the source cannot close a schema: accounts it is. */
function fenceAccounts(text: string): string {
  const edited = text
    .replaceAll('database: source, fence: instance, tables:', `database: source, ${accountOfSource}, also:`)
    .replaceAll('database: source, fence: instance', `database: source, ${accountOfSource}`)
    .replace(
      'fence: instance\n        tables: [{ schema: orders }]',
      'fence: account\n        accounts: [orders_app]\n        tables: [{ schema: orders }]',
    )
    .replaceAll(', also: [{ schema: orders }]', '')
    .replace('rights: read-write', 'rights: read-only')
    .replace(
      'with: { database: target, fence: instance }\n      pointOfNoReturn',
      'with: { database: target, account: orders_rw, tables: [{ schema: orders }] }\n      pointOfNoReturn',
    )
  return edited.replace(/ {2}- step: stop-writes\n {4}id: close-target\n.*\n/, '')
}

const cases = [
  { fence: 'instance', edit: (text: string) => text },
  {
    fence: 'schema',
    edit: (text: string) =>
      text
        .replaceAll(
          'fence: instance\n        tables',
          'fence: schema\n        schemas: [orders]\n        tables',
        )
        .replaceAll(instanceFence, 'fence: schema, schemas: [orders]'),
  },
  { fence: 'account', edit: fenceAccounts },
] as const

function expectOrdersOnTarget(world: FakeWorld): void {
  expect(world.orders.instances.map(({ datasource }) => datasource)).toEqual(
    ['orders-1', 'orders-2'].map(() => ({ database: 'target', user: 'orders_rw' })),
  )
  expect(world.sync.state).toBe('missing')
  expect([...world.center.documents.keys()]).not.toContain('DEFAULT_GROUP/cutover-next.orders.yaml')
}

describe.each(cases)('playbook stop-write-hot with a fence of kind $fence', ({ fence, edit }) => {
  const playbook = loadShipped('stop-write-hot', edit)

  it('names that fence at every place', () => {
    const kinds = playbook.phases.pause.flatMap((item) => {
      const { fence: kind } = item.with as { readonly fence?: string }
      return item.uses === 'allow-writes' || kind !== undefined ? [kind ?? 'account'] : []
    })
    expect(new Set(kinds)).toEqual(new Set([fence]))
    expect(kinds).toHaveLength(4)
  })

  it('moves orders to the target without a restart', async () => {
    const world = buildWorld()
    const { outcome, words, runId } = await carryOut(world, playbook)
    expect(outcome).toMatchObject({ end: 'completed', noReturnPassed: true })
    expectOrdersOnTarget(world)
    expect(world.orders.restarts).toBe(0)
    expect(world.orders.instances.map(({ hot }) => hot.generation)).toEqual([1, 1])
    expect(world.target.releases).toMatchObject([{ service: 'orders', runId, epoch: 1 }])
    expect(world.target.rows.get('orders.orders')).toEqual([{ id: `canary-${runId}` }])
    expect(world.source.rows.get('orders.orders')).toEqual([])
    expect(words).not.toContain(sentinel)
  })

  it('waits for the disk before every deed but the release, which nobody walks back', async () => {
    const { unwaited } = await carryOut(buildWorld(), playbook)
    // That of the point of no return is on disk with the entry that follows it.
    expect(unwaited).toEqual(['allow-writes', 'release'])
  })

  // Whatever single call to the outside fails, whether or not it took effect, and whether or not that may pass.
  it.each<[FailureMoment, ErrorCode, number, readonly string[]]>([
    ['before', 'system.refused', 1, ['completed', 'stopped', 'undone']],
    ['after', 'system.refused', 1, ['completed', 'stopped', 'undone']],
    ['after', 'system.unreachable', 7, ['completed']],
  ])(
    'ends where it began or on the target when one call fails, %s its effect, with %s',
    async (moment, code, stride, wanted) => {
      // The others differ from the first in a few calls only.
      const step = fence === 'instance' ? stride : stride * 3
      const failures = { every: step, moment, code }
      const ends = await failEachCall(() => buildWorld(), playbook, failures, expectOrdersOnTarget)
      expect([...ends].sort()).toEqual(expect.arrayContaining([...wanted]))
    },
  )
})

/** A service in another language takes part: it is restarted with the target's datasource, which refuses it for now. */
function withReports(text: string): string {
  const datasource = '{ database: target, user: orders_rw, password: env:ORDERS_RW_PASSWORD }'
  return text
    .replace(
      '\n# The document the services',
      `  reports:
    document: { center: nacos, dataId: reports.yaml }
    url: http://reports
    instances: [{ name: reports-1, url: http://reports-1, restart: { command: [x] } }]

# The document the services`,
    )
    .replace(
      '    # Not heard by everybody',
      `    - step: switch-config
      id: config-of-reports
      with: { service: reports, datasource: ${datasource} }
      deadline: 20s
    - step: restart-services
      id: restart-reports
      with: { services: [reports] }
      deadline: 20s
    # Not heard by everybody`,
    )
}

describe('playbook stop-write-hot with a second service that is restarted', () => {
  const playbook = loadShipped('stop-write-hot', withReports)
  const buildBoth = (): FakeWorld => buildWorld(addReports)

  function expectBothOnTarget(world: FakeWorld): void {
    expectOrdersOnTarget(world)
    expect(world.reports.instances[0]?.datasource).toEqual({ database: 'target', user: 'orders_rw' })
  }

  it('moves both, and restarts only the one that must be', async () => {
    const world = buildBoth()
    const { outcome } = await carryOut(world, playbook)
    expect(outcome).toMatchObject({ end: 'completed' })
    expectBothOnTarget(world)
    expect([world.orders.restarts, world.reports.restarts]).toEqual([0, 1])
  })

  it.each<[FailureMoment, number]>([
    ['before', 3],
    ['after', 3],
  ])(
    'ends with both where they began or on the target when one call fails, %s its effect',
    async (moment, stride) => {
      for (let call = 1; ; call += stride) {
        const world = buildBoth()
        const before = world.snapshot()
        Object.assign(world.failure, { calls: 0, failAt: call, moment, code: 'system.refused' })
        const { outcome } = await carryOut(world, playbook)
        const where = `call ${call}, ${outcome.failedItem ?? 'no failure'}`
        if (world.failure.calls < call) break
        if (outcome.end === 'completed') expectBothOnTarget(world)
        else if (outcome.noReturnPassed) expect(outcome.end, where).toBe('stopped')
        else {
          expect(outcome.end, where).toBe('undone')
          expect(world.snapshot(), where).toEqual(before)
        }
      }
    },
  )
})
