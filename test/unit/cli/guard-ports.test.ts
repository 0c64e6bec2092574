import { expect, test } from 'vitest'
import { guardPorts } from '../../../src/cli/locks/guard-ports.ts'
import { CutoverError } from '../../../src/core/errors.ts'
import type { Ports } from '../../../src/core/ports/index.ts'
import { Secret } from '../../../src/core/secret.ts'
import { createFakeWorld, ordersDocument, type FakeWorld } from '../../fakes/fake-world.ts'

const signal = new AbortController().signal
const account = { user: 'orders_app', host: '%' }
const fence = { kind: 'account' as const, accounts: [account], tables: [{ schema: 'orders' }] }
const image = { kind: 'account' as const, accounts: [] }

type Call = (ports: Ports) => Promise<unknown>

const deeds: Readonly<Record<string, Call>> = {
  createAccount: (ports) =>
    ports.database('source').createAccount({ user: 'x', host: '%' }, new Secret('s', 'secret-1'), signal),
  dropAccount: (ports) => ports.database('source').dropAccount(account, signal),
  setPassword: (ports) => ports.database('source').setPassword(account, new Secret('s', 'secret-1'), signal),
  grant: (ports) => ports.database('source').grant(account, [], signal),
  revoke: (ports) => ports.database('source').revoke(account, [], signal),
  restoreAccount: (ports) =>
    ports.database('source').restoreAccount({ account, locked: false, grants: [] }, signal),
  endSession: (ports) => ports.database('source').endSession(7, signal),
  raiseFence: (ports) => ports.database('source').raiseFence(fence, signal),
  lowerFence: (ports) => ports.database('source').lowerFence(fence, image, signal),
  proveSilence: (ports) => ports.database('source').proveSilence(fence, { samplesMs: 1, tables: [] }, signal),
  'sync stop': (ports) => ports.sync('sync').stop(signal),
  'sync start': (ports) => ports.sync('sync').start(signal),
  'sync remove': (ports) => ports.sync('sync').remove(signal),
  put: (ports) => ports.configCenter('nacos').put(ordersDocument, 'a: 1', { expect: 'any' }, signal),
  remove: (ports) => ports.configCenter('nacos').remove(ordersDocument, { expect: 'any' }, signal),
  putGray: (ports) =>
    ports
      .configCenter('nacos')
      .putGray(ordersDocument, 'a: 1', { expect: 'absent', addresses: ['10.1.0.1'] }, signal),
  stopGray: (ports) => ports.configCenter('nacos').stopGray(ordersDocument, { expect: 'any' }, signal),
  restart: (ports) => ports.service('orders').restart('orders-1', signal),
  putBack: (ports) => ports.service('orders').putBack('orders-1', signal),
  post: (ports) => ports.service('orders').request({ method: 'POST', path: '/orders' }, signal),
  command: (ports) => ports.commands.run(['true'], {}, signal),
}

const looks: Readonly<Record<string, Call>> = {
  account: (ports) => ports.database('source').account(account, signal),
  sessions: (ports) => ports.database('source').sessions(signal),
  'sync status': (ports) => ports.sync('sync').status(signal),
  gray: (ports) => ports.configCenter('nacos').gray(ordersDocument, signal),
  get: (ports) => ports.configCenter('nacos').get(ordersDocument, signal),
  health: (ports) => ports.service('orders').health(signal),
}

const lost = new CutoverError('locked', 'This run has lost its lock')

function setUp(answer: () => Promise<void>): { world: FakeWorld; ports: Ports; asked: AbortSignal[] } {
  const world = createFakeWorld()
  const asked: AbortSignal[] = []
  const admit = (with_: AbortSignal): Promise<void> => {
    asked.push(with_)
    return answer()
  }
  const ports = guardPorts(world.ports, { admit, admitStatement: admit })
  return { world, ports, asked }
}

test.each(Object.entries(deeds))('%s is not done by a run that has lost its lock', async (_name, call) => {
  const { world, ports, asked } = setUp(() => Promise.reject(lost))
  const before = world.snapshot()
  await expect(call(ports)).rejects.toBe(lost)
  expect(world.snapshot()).toEqual(before)
  expect(world.commandsRun).toEqual([])
  expect(asked).toEqual([signal])
})

test.each(Object.entries(looks))('%s asks nobody', async (_name, call) => {
  const { ports, asked } = setUp(() => Promise.reject(lost))
  await call(ports)
  expect(asked).toEqual([])
})

test('a deed waits for the answer', async () => {
  let allow = (): void => undefined
  const { world, ports } = setUp(() => new Promise((resolve) => (allow = resolve)))
  const dropping = ports.database('source').dropAccount(account, signal)
  expect(await world.ports.database('source').account(account, signal)).not.toBeNull()
  allow()
  await dropping
  expect(await world.ports.database('source').account(account, signal)).toBeNull()
})

test('an answer from a moment ago is enough for statements over the kit’s own sessions alone', async () => {
  const world = createFakeWorld()
  const asked: string[] = []
  const note = (what: string) => (): Promise<void> => {
    asked.push(what)
    return Promise.resolve()
  }
  const ports = guardPorts(world.ports, { admit: note('now'), admitStatement: note('a moment ago') })
  for (const name of ['raiseFence', 'proveSilence', 'sync stop', 'restart', 'post', 'command', 'put'])
    await deeds[name]?.(ports)
  expect(asked).toEqual(['a moment ago', 'now', 'now', 'now', 'now', 'now', 'now'])
})
