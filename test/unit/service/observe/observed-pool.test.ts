import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { startNacosServer } from '../../../../src/lab/center/start-nacos-server.ts'
import { createPool } from '../../../../src/service/mysql2.ts'
import type { EdgeRecord } from '../../../../src/service/observe.ts'

it('a pool that starts in the middle of a hold shows it in the registry and tells of the edge, until it ends', async () => {
  await using center = await startNacosServer({ flavour: '3.1', publishDelayMs: 0 })
  const publish = async (dataId: string, content: string): Promise<void> => {
    const key = { tenant: 'public', group: 'DEFAULT_GROUP', dataId }
    center.documents.publish(key, { content, user: 'test', ip: '127.0.0.1' }, '')
    await expect.poll(() => center.documents.visible(key)?.content, { interval: 2 }).toBe(content)
  }
  // Nothing listens there, and nothing of what is tested here needs that.
  const url = 'jdbc:mysql://127.0.0.1:9/shop'
  await publish('orders.yaml', `spring: { datasource: { url: '${url}', username: app, password: hidden } }`)
  await publish('cutover-notice.json', holding())
  const metrics = new Registry()
  const edges: EdgeRecord[] = []
  const pool = await createPool({
    service: 'orders',
    instance: 'orders-1',
    center: { servers: [center.url] },
    datasource: { dataId: 'orders.yaml' },
    startWithinMs: 5000,
    metrics,
    onEdge: (edge) => edges.push(edge),
  })
  const text = await metrics.metrics()
  expect(text).toContain('cutover_gate_state{service="orders",state="closed"} 1')
  expect(text).toContain('cutover_phase{service="orders",phase="holding"} 1')
  expect(text).toContain('cutover_datasource_info{service="orders",datasource="127.0.0.1:9/shop"} 1')
  expect(text).toContain('db_client_connection_count{service="orders"')
  expect(edges).toMatchObject([
    { to: 'closing', runId: 'run-1', phase: 'holding', instance: 'orders-1' },
    { to: 'closed', datasource: '127.0.0.1:9/shop' },
  ])
  await pool[Symbol.asyncDispose]()
  expect((await metrics.metrics()).trim()).toBe('')
})

function holding(): string {
  const moment = (ms: number): string => new Date(Date.now() + ms).toISOString()
  return JSON.stringify({
    kind: 'cutover-notice',
    version: 1,
    runId: 'run-1',
    epoch: 1,
    phase: 'holding',
    services: ['orders'],
    since: moment(-500),
    until: moment(60_000),
    retryAfterSeconds: 5,
    staged: { orders: { group: 'DEFAULT_GROUP', dataId: 'cutover-next.orders.yaml', etag: '0' } },
    hold: { at: moment(-100), drainMs: 500, late: 'keep', limitMs: 30_000 },
  })
}
