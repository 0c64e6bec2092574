import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { takeRunLocks, type RunLocks, type RunLocksOptions } from '../../src/cli/locks/run-locks.ts'
import { CutoverError } from '../../src/core/errors.ts'
import { freeLock, takenBy, type LockRecord } from '../../src/core/lock-record.ts'
import { writeLock } from '../../src/core/lock-document.ts'
import type { Playbook } from '../../src/core/playbook.ts'
import type { ConfigCenter } from '../../src/core/ports/config-center.ts'
import type { Secrets } from '../../src/core/ports/secrets.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import { openLockView, type LockView } from '../../src/databases/break-run-lock.ts'
import {
  createCenterState,
  createFakeConfigCenter,
  overwrite,
  type FakeCenterState,
} from '../fakes/fake-config-center.ts'
import { never, openDatabaseLab, type DatabaseLab } from './database-server-lab.ts'

const ref = { group: 'DEFAULT_GROUP', dataId: 'cutover-lock.orders.yaml' }

let lab: DatabaseLab
let secrets: Secrets
let view: LockView
let center: FakeCenterState
let said: string[]
beforeAll(async () => {
  lab = await openDatabaseLab('mariadb')
  secrets = { resolve: () => Promise.resolve(lab.running.admin.password) }
  view = openLockView('source', lab.spec, secrets, systemClock)
})
beforeEach(async () => {
  await lab.root('DROP SCHEMA IF EXISTS cutover_kit')
  center = createCenterState('nacos')
  said = []
})
afterAll(async () => {
  await view[Symbol.asyncDispose]()
  await lab[Symbol.asyncDispose]()
})

let locksTaken = 0
function take(runId: string, more: Partial<RunLocksOptions> = {}): Promise<RunLocks> {
  locksTaken += 1
  const document = { center: 'nacos', group: 'DEFAULT_GROUP', dataId: 'orders.yaml' }
  // All that the locks look at of a playbook.
  const playbook = {
    systems: { source: lab.spec },
    services: { orders: { document } },
  } as unknown as Playbook
  const wish = {
    lockId: `lock-${locksTaken}`,
    runId,
    by: 'ann@host pid 1',
    reason: 'a move',
    isOver: async () => false,
  }
  const say = (text: string): void => void said.push(text)
  const adapter = createFakeConfigCenter(center)
  const options = { playbook, secrets, center: () => adapter, clock: systemClock, takenUp: false, say, wish }
  return takeRunLocks({ ...options, ...more }, never)
}

function documentHeldBy(runId: string, epoch: number): LockRecord {
  const isOver = async (): Promise<boolean> => false
  const wish = { lockId: 'theirs', runId, by: 'bea@desk pid 2', reason: 'another move', epoch, isOver }
  return takenBy(freeLock, wish, '2026-11-21T02:00:00.000Z')
}

const rowOf = async (): Promise<LockRecord | undefined> => (await view.look(never)).record
const documentNow = (): string =>
  center.documents.get('DEFAULT_GROUP/cutover-lock.orders.yaml')?.content ?? ''

test('a run holds the row and the document under one epoch, and lets go of both', async () => {
  overwrite(center, ref, writeLock({ ...documentHeldBy('old', 11), runId: '' }))
  await using locks = await take('run-a')
  expect(locks.epoch).toBe(12)
  expect(await rowOf()).toMatchObject({ runId: 'run-a', epoch: 12 })
  expect(JSON.parse(documentNow())).toMatchObject({ state: 'held', runId: 'run-a', epoch: 12 })
  await locks.admit(never)
  await locks.free()
  expect(await rowOf()).toMatchObject({ runId: '', freedBy: 'run-a', epoch: 12 })
  expect(JSON.parse(documentNow())).toMatchObject({ state: 'free', freedBy: 'run-a', epoch: 12 })
  expect(said).toEqual([])
})

test('a run that is refused by the lock of its service leaves its servers free', async () => {
  overwrite(center, ref, writeLock(documentHeldBy('run-b', 1)))
  await expect(take('run-a')).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringContaining('run run-b of bea@desk pid 2') as string,
  })
  expect((await rowOf())?.runId).toBe('')
  await using theirs = await take('run-b')
  await theirs.admit(never)
})

const away = (): ConfigCenter => ({
  ...createFakeConfigCenter(center),
  get: () => Promise.reject(new CutoverError('system.unreachable', 'nacos is away')),
})

test('a center that is away stops a new run, and leaves nothing held', async () => {
  await expect(take('run-a', { center: away })).rejects.toMatchObject({ code: 'system.unreachable' })
  expect(await rowOf()).toBeUndefined()
})

test('a center that is away does not stop a run that is taken up', async () => {
  await (await take('run-a'))[Symbol.asyncDispose]()
  await using locks = await take('run-a', { center: away, takenUp: true })
  await locks.admit(never)
  expect(said).toEqual([expect.stringContaining('cannot be written now: nacos is away')])
})

test('what a run could not let go of is said, and taken over by the next one that knows better', async () => {
  const locks = await take('run-a')
  const before = documentNow()
  await locks.free()
  await locks[Symbol.asyncDispose]()
  // As if the center had been away at the end.
  overwrite(center, ref, before)
  await using next = await take('run-b')
  await next.admit(never)
  expect(JSON.parse(documentNow())).toMatchObject({ runId: 'run-b' })
})

test('the item a run is at is in its row', async () => {
  await using locks = await take('run-a')
  locks.follow('caught-up')
  locks.follow('fence')
  await expect.poll(async () => (await rowOf())?.step).toBe('fence')
})
