import { beforeEach, expect, test } from 'vitest'
import { createCenterLock, type CenterLock } from '../../../src/cli/locks/center-lock.ts'
import type { LockWish } from '../../../src/core/lock-record.ts'
import {
  createCenterState,
  createFakeConfigCenter,
  overwrite,
  type FakeCenterState,
} from '../../fakes/fake-config-center.ts'

const signal = new AbortController().signal
const at = '2026-11-21T02:00:00.000Z'
const ref = { group: 'DEFAULT_GROUP', dataId: 'cutover-lock.orders.yaml' }
const broken = { by: 'bea@desk', at, reason: 'its machine is gone' }

let center: FakeCenterState
let lock: CenterLock
beforeEach(() => {
  center = createCenterState('nacos')
  lock = createCenterLock(createFakeConfigCenter(center), ref)
})

function wish(runId: string, more: Partial<LockWish> = {}): LockWish {
  const lockId = `lock-of-${runId}`
  return {
    lockId,
    runId,
    by: 'ann@host pid 1',
    reason: 'a move',
    epoch: 1,
    isOver: async () => false,
    ...more,
  }
}

function stored(): Record<string, unknown> {
  const text = center.documents.get('DEFAULT_GROUP/cutover-lock.orders.yaml')?.content ?? '{}'
  return JSON.parse(text) as Record<string, unknown>
}

test('a lock that nobody ever took is made and taken', async () => {
  await lock.claim(wish('run-a', { epoch: 5 }), at, signal)
  expect(stored()).toEqual({
    kind: 'cutover-lock',
    state: 'held',
    lockId: 'lock-of-run-a',
    runId: 'run-a',
    by: 'ann@host pid 1',
    reason: 'a move',
    since: at,
    epoch: 5,
    freedBy: '',
  })
})

test('another run is refused and told who holds it', async () => {
  await lock.claim(wish('run-a'), at, signal)
  await expect(lock.claim(wish('run-b'), at, signal)).rejects.toMatchObject({
    code: 'locked',
    message: `Another run works on cutover-lock.orders.yaml in nacos: run run-a of ann@host pid 1 since ${at} (a move)`,
  })
  expect(stored()['runId']).toBe('run-a')
})

test('of two that come at once the slower one is refused', async () => {
  center.beforePut = () => {
    const record = { kind: 'cutover-lock', state: 'held', ...wish('run-a'), since: at, freedBy: '' }
    overwrite(center, ref, JSON.stringify(record))
  }
  await expect(lock.claim(wish('run-b'), at, signal)).rejects.toMatchObject({ code: 'locked' })
  expect(stored()['runId']).toBe('run-a')
})

test('its own run takes it again, under a higher epoch', async () => {
  await lock.claim(wish('run-a'), at, signal)
  await lock.claim(wish('run-a', { lockId: 'second' }), at, signal)
  expect(stored()).toMatchObject({ lockId: 'second', epoch: 2 })
})

test('it is let go of by its holder only, and the document stays with its epoch', async () => {
  await lock.claim(wish('run-a', { epoch: 7 }), at, signal)
  await lock.free('another', signal)
  expect(stored()['state']).toBe('held')
  await lock.free('lock-of-run-a', signal)
  expect(stored()).toMatchObject({ state: 'free', runId: '', freedBy: 'run-a', epoch: 7 })
})

test('it is broken under its own id only, and remembers by whom', async () => {
  await lock.claim(wish('run-a'), at, signal)
  const how = { ...broken, newLockId: 'new' }
  await expect(lock.breakOpen({ ...how, lockId: 'wrong' }, signal)).rejects.toMatchObject({
    code: 'conflict',
  })
  await lock.breakOpen({ ...how, lockId: 'lock-of-run-a' }, signal)
  await expect(lock.claim(wish('run-b'), at, signal)).rejects.toMatchObject({ code: 'locked' })
  await lock.freeBroken({ ...how, lockId: 'lock-of-run-a' }, signal)
  expect(await lock.look(signal)).toMatchObject({
    runId: '',
    lockId: 'new',
    epoch: 2,
    broken: { ...broken, lockId: 'lock-of-run-a', runId: 'run-a' },
  })
})

test('a document that is no lock is left alone', async () => {
  overwrite(center, ref, 'spring: {}')
  await expect(lock.claim(wish('run-a'), at, signal)).rejects.toMatchObject({
    code: 'system.refused',
    message: expect.stringContaining('is not a lock of the kit') as string,
  })
  expect(center.documents.get('DEFAULT_GROUP/cutover-lock.orders.yaml')?.content).toBe('spring: {}')
})

test('a config center without compare-and-set is refused as the place of a lock, and nothing is written', async () => {
  const full = createFakeConfigCenter(center)
  const without = createCenterLock(
    {
      ...full,
      capabilities: async () => ({
        ...(await full.capabilities(signal)),
        server: 'Apollo before 3.0',
        compareAndSet: 'none',
      }),
    },
    ref,
  )
  await expect(without.claim(wish('run-a'), at, signal)).rejects.toMatchObject({
    code: 'system.unsupported',
    message: 'Apollo before 3.0 has no compare-and-set: cutover-lock.orders.yaml in nacos cannot be a lock',
    hint: expect.stringContaining('Add lock: to the service') as string,
  })
  expect(center.documents.size).toBe(0)
})
