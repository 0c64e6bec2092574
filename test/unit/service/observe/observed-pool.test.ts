import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunningNacos } from '../../../../src/lab/center/start-nacos-server.ts'
import { startNacosServer } from '../../../../src/lab/center/start-nacos-server.ts'
import type { CreatePoolOptions, CutoverPool } from '../../../../src/service/mysql2.ts'
import { createPool } from '../../../../src/service/mysql2.ts'
import type { EdgeRecord } from '../../../../src/service/observe.ts'
import { holdingNow } from '../holding-now.ts'

let center: RunningNacos
let pool: CutoverPool | undefined

beforeEach(async () => {
  center = await startNacosServer({ flavour: '3.1', publishDelayMs: 0 })
  // Nothing listens there, and nothing of what is tested here needs that.
  const url = 'jdbc:mysql://127.0.0.1:9/shop'
  await publish('orders.yaml', `spring: { datasource: { url: '${url}', username: app, password: hidden } }`)
  await publish('cutover-notice.json', holdingNow('0'))
})
afterEach(async () => {
  await pool?.[Symbol.asyncDispose]()
  await center[Symbol.asyncDispose]()
})

async function publish(dataId: string, content: string): Promise<void> {
  const key = { tenant: 'public', group: 'DEFAULT_GROUP', dataId }
  center.documents.publish(key, { content, user: 'test', ip: '127.0.0.1' }, '')
  await expect.poll(() => center.documents.visible(key)?.content, { interval: 2 }).toBe(content)
}

async function open(options: Partial<CreatePoolOptions>): Promise<CutoverPool> {
  pool = await createPool({
    service: 'orders',
    instance: 'orders-1',
    center: { servers: [center.url] },
    datasource: { dataId: 'orders.yaml' },
    startWithinMs: 5000,
    ...options,
  })
  return pool
}

describe('a pool that starts in the middle of a hold', () => {
  it('shows it in the registry and tells of the edges, until it ends', async () => {
    const metrics = new Registry()
    const edges: EdgeRecord[] = []
    const opened = await open({ metrics, onEdge: (edge) => edges.push(edge) })
    const text = await metrics.metrics()
    expect(text).toContain('cutover_gate_state{service="orders",state="closed"} 1')
    expect(text).toContain('cutover_phase{service="orders",phase="holding"} 1')
    expect(text).toContain('cutover_datasource_info{service="orders",datasource="127.0.0.1:9/shop"} 1')
    expect(text).toContain('db_client_connection_count{service="orders"')
    expect(edges).toMatchObject([
      { to: 'closing', runId: 'run-1', phase: 'holding', instance: 'orders-1' },
      { to: 'closed', datasource: '127.0.0.1:9/shop' },
    ])
    await opened[Symbol.asyncDispose]()
    expect((await metrics.metrics()).trim()).toBe('')
  })

  it('in a dry run holds nothing, says so to the runner, and counts what it would hold', async () => {
    const metrics = new Registry()
    const { gate, status } = await open({ metrics, dryRun: true })
    const unit = await gate.enter({ bytes: 10 })
    unit.leave()
    expect(status()).toMatchObject({ service: 'orders', gate: 'open', writes: { held: 0 } })
    const text = await metrics.metrics()
    expect(text).toContain('cutover_gate_state{service="orders (dry run)",state="closed"} 1')
    expect(text).toContain('cutover_writes_held_bytes{service="orders (dry run)"} 10')
  })
})
