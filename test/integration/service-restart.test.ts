import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isCutoverError } from '../../src/core/errors.ts'
import type { ServiceLab } from './service-lab.ts'
import { openServiceLab } from './service-lab.ts'

const run = promisify(execFile)
let lab: ServiceLab

beforeAll(async () => {
  lab = await openServiceLab()
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
})

/** A dead process that nobody has collected yet does not run any more. */
function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

const soon = () => AbortSignal.timeout(20_000)

async function write(base: string, id: string): Promise<number> {
  const body = JSON.stringify({ id, customer: 'c', item: 'i', quantity: 1, price: '1.00' })
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(`${base}/orders`, { method: 'POST', headers, body })
  await response.arrayBuffer()
  return response.status
}

async function states(): Promise<
  readonly { name: string; drained: boolean; healthy: boolean; inFlight: number }[]
> {
  const response = await fetch(`${lab.balancer.url}/servers`)
  return (await response.json()) as Awaited<ReturnType<typeof states>>
}

async function countOrders(prefix: string): Promise<number> {
  const root = await lab.database.root()
  try {
    const [rows] = await root.query('SELECT COUNT(*) AS n FROM orders.orders WHERE id LIKE ?', [`${prefix}%`])
    return Number((rows as { n: number }[])[0]?.n)
  } finally {
    root.destroy()
  }
}

it('a rolling restart under load loses no request and repeats none', async () => {
  const statuses: number[] = []
  const load = new AbortController()
  const worker = async (lane: number): Promise<void> => {
    for (let n = 0; !load.signal.aborted; n += 1)
      statuses.push(await write(lab.balancer.url, `roll-${lane}-${n}`))
  }
  const workers = Promise.all([0, 1, 2, 3].map(worker))
  const before = lab.services.instances.map(({ pid }) => pid)
  await lab.orders.restart('orders-1', soon())
  await lab.orders.restart('orders-2', soon())
  load.abort()
  await workers
  expect(new Set(statuses)).toEqual(new Set([201]))
  expect(await countOrders('roll-')).toBe(statuses.length)
  const after = lab.services.instances.map(({ pid }) => pid)
  expect(after[0]).not.toBe(before[0])
  expect(after[1]).not.toBe(before[1])
  expect(after[2]).toBe(before[2])
})

it('SIGTERM lets a request that waits for a lock finish', async () => {
  const root = await lab.database.root()
  await root.query('BEGIN')
  await root.query(
    "INSERT INTO orders.orders (id, customer, item, quantity, price) VALUES ('held', 'c', 'i', 1, 1)",
  )
  const waiting = write(lab.services.instance('orders-1').url, 'held')
  const isBlocked = async (): Promise<boolean> => {
    const [rows] = await root.query(
      "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
    )
    return (rows as unknown[]).length === 1
  }
  // InnoDB refreshes this table only when nobody has read it for 100 ms.
  await expect.poll(isBlocked, { timeout: 10_000, interval: 200 }).toBe(true)
  const restarted = lab.services.restart('orders-1')
  await root.query('ROLLBACK')
  root.destroy()
  expect(await waiting).toBe(201)
  await restarted
  await lab.orders.restart('orders-1', soon())
})

it('drain answers only when the last request has left the instance, and new ones go to the other', async () => {
  const root = await lab.database.root()
  await root.query('BEGIN')
  await root.query(
    "INSERT INTO orders.orders (id, customer, item, quantity, price) VALUES ('slow', 'c', 'i', 1, 1)",
  )
  const slow = write(lab.balancer.url, 'slow')
  const busy = async () => (await states()).find(({ inFlight }) => inFlight === 1)?.name
  await expect.poll(busy, { timeout: 10_000 }).toBeDefined()
  const name = await busy()
  let drained = false
  const drain = fetch(`${lab.balancer.url}/servers/${name}/drain`, { method: 'PUT' }).then((response) => {
    drained = true
    return response.status
  })
  await expect.poll(async () => (await states()).find((one) => one.name === name)?.drained).toBe(true)
  for (let n = 0; n < 5; n += 1) expect(await write(lab.balancer.url, `aside-${n}`)).toBe(201)
  expect(drained).toBe(false)
  await root.query('ROLLBACK')
  root.destroy()
  expect(await slow).toBe(201)
  expect(await drain).toBe(200)
  expect((await fetch(`${lab.balancer.url}/servers/${name}/ready`, { method: 'PUT' })).status).toBe(200)
})

it('an instance that crashed gets no more requests, and users do not notice', async () => {
  await lab.services.kill('orders-2')
  for (let n = 0; n < 20; n += 1) expect(await write(lab.balancer.url, `crash-${n}`)).toBe(201)
  await lab.orders.restart('orders-2', soon())
  expect(await states()).toMatchObject([
    { name: 'orders-1', healthy: true, drained: false },
    { name: 'orders-2', healthy: true, drained: false },
  ])
})

it('an instance that does not come up stays out, the error says so, and the other goes on serving', async () => {
  await lab.root("ALTER USER 'orders_ro'@'%' ACCOUNT LOCK")
  await lab.useAccount('orders_ro')
  const failure: unknown = await lab.orders
    .restart('orders-1', AbortSignal.timeout(2500))
    .catch((error: unknown) => error)
  if (!isCutoverError(failure)) throw new Error('it should have failed')
  expect(failure.code).toBe('service.unhealthy')
  expect(failure.message).toMatch(
    /orders-1 is not healthy .* \(\/health answers 5\d\d\); it stays out of the balancer/,
  )
  expect(failure.hint).toContain('/servers/orders-1/ready')
  expect(await states()).toMatchObject([{ drained: true }, { drained: false, healthy: true }])
  await lab.root("ALTER USER 'orders_ro'@'%' ACCOUNT UNLOCK")
  await lab.useAccount('orders_app')
  expect(await write(lab.balancer.url, 'meanwhile')).toBe(201)
  await lab.orders.restart('orders-1', soon())
})

it('the restart command ends with a reason when there is no such instance or no lab', async () => {
  const { restartCommand } = lab.services
  await expect(run(restartCommand, ['orders-9'])).rejects.toMatchObject({
    code: 1,
    stderr: 'failed: the lab has no instance orders-9\n',
  })
  const orphan = join(lab.directory, 'orphan')
  const script = (await readFile(restartCommand, 'utf8')).replace(/\/control'/, "/nowhere'")
  await writeFile(orphan, script, { mode: 0o755 })
  await expect(run(orphan, ['orders-1'])).rejects.toMatchObject({ code: 1 })
})

it('services start quickly: from SIGTERM to healthy again in less than five seconds on a busy machine', async () => {
  const startedAt = performance.now()
  await lab.orders.restart('orders-1', soon())
  expect(performance.now() - startedAt).toBeLessThan(5000)
})

it('a program of the lab ends also when the lab itself is killed', async () => {
  const module = (name: string) => new URL(`../../dist/lab/${name}.js`, import.meta.url).href
  const script = `
    const { startChildProgram } = await import('${module('services/child-program')}')
    const { builtProgram } = await import('${module('services/built-program')}')
    const env = { CUTOVER_LAB_BALANCER: '{"servers":[]}' }
    const child = await startChildProgram(builtProgram('balancer/balancer-service'), env, '${lab.directory}/orphan.log')
    console.log(child.pid)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  expect(isRunning(pid)).toBe(true)
  parent.kill('SIGKILL')
  await expect.poll(() => isRunning(pid), { timeout: 5000 }).toBe(false)
})

it('disposing of the services leaves none of their processes', async () => {
  const pids = lab.services.instances.map(({ pid }) => pid)
  for (const pid of pids) expect(process.kill(pid, 0)).toBe(true)
  await lab.services[Symbol.asyncDispose]()
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})
