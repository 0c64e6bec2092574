import type { Socket } from 'node:net'
import { createServer } from 'node:net'
import { createPool } from 'mysql2'
import { Registry } from 'prom-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createErrorTally } from '../../../../src/service/observe/error-tally.ts'
import { poolNumbers } from '../../../../src/service/observe/pool-numbers.ts'
import { ask } from '../gate/held-answers.ts'
import { holding, observed } from './observed-gate.ts'

/** The lines of one metric that are not zero, as Prometheus reads them. */
async function lines(registry: { metrics(): Promise<string> }, name: string): Promise<readonly string[]> {
  const text = await registry.metrics()
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => !line.endsWith(' 0'))
}

describe('a registry of prom-client', () => {
  it('shows phase, gate, generation and datasource as they are when it is asked', async () => {
    const metrics = new Registry()
    const { gate, said, release } = observed({ metrics })
    expect(await lines(metrics, 'cutover_phase')).toEqual(['cutover_phase{service="orders",phase="none"} 1'])
    said.notice = holding
    gate.close({ epoch: 1, limitMs: 1000 })
    expect(await lines(metrics, 'cutover_phase')).toEqual([
      'cutover_phase{service="orders",phase="holding"} 1',
    ])
    expect(await lines(metrics, 'cutover_gate_state')).toEqual([
      'cutover_gate_state{service="orders",state="closed"} 1',
    ])
    release()
    expect(await lines(metrics, 'cutover_gate_state')).toEqual([
      'cutover_gate_state{service="orders",state="open"} 1',
    ])
    expect(await lines(metrics, 'cutover_datasource_generation')).toEqual([
      'cutover_datasource_generation{service="orders"} 1',
    ])
    expect(await lines(metrics, 'cutover_datasource_info')).toEqual([
      'cutover_datasource_info{service="orders",datasource="[2001:db8::7]:3307/shop"} 1',
    ])
  })

  it('shows what runs and what is held, and what became of it', async () => {
    const metrics = new Registry()
    const { gate, clock, release } = observed({ metrics })
    gate.tryEnter()
    await clock.advance(1500)
    gate.close({ epoch: 1, limitMs: 300 })
    ask(gate, 'expires', { bytes: 100 })
    await clock.advance(200)
    ask(gate, 'released', { bytes: 50 })
    expect(await lines(metrics, 'cutover_writes_running_oldest_seconds')).toEqual([
      'cutover_writes_running_oldest_seconds{service="orders"} 1.7',
    ])
    expect(await lines(metrics, 'cutover_writes_held_bytes')).toEqual([
      'cutover_writes_held_bytes{service="orders"} 150',
    ])
    expect(await lines(metrics, 'cutover_writes_held_oldest_seconds')).toEqual([
      'cutover_writes_held_oldest_seconds{service="orders"} 0.2',
    ])
    await clock.advance(100)
    release()
    gate.refuse('no word')
    ask(gate, 'refused')
    expect(await lines(metrics, 'cutover_writes_held_max')).toEqual([
      'cutover_writes_held_max{service="orders"} 2',
    ])
    expect(await lines(metrics, 'cutover_writes_total')).toEqual([
      'cutover_writes_total{service="orders",result="released"} 1',
      'cutover_writes_total{service="orders",result="expired"} 1',
      'cutover_writes_total{service="orders",result="rejected"} 1',
    ])
    expect(await lines(metrics, 'cutover_writes_turned_away_total')).toEqual([
      'cutover_writes_turned_away_total{service="orders",reason="refused"} 1',
    ])
    expect(await lines(metrics, 'cutover_last_window_seconds')).toEqual([
      'cutover_last_window_seconds{service="orders",part="pause"} 0.3',
      'cutover_last_window_seconds{service="orders",part="longest_held"} 0.3',
    ])
    const holds = (await metrics.metrics()).split('\n').filter((line) => /^cutover_hold.*released/.test(line))
    expect(holds).toEqual([
      ...['0.005', '0.01', '0.025', '0.05'].map((le) => bucket(le, 0)),
      ...['0.1', '0.25', '0.5', '1', '2.5', '5', '8', '+Inf'].map((le) => bucket(le, 1)),
      'cutover_hold_duration_seconds_sum{service="orders",result="released"} 0.1',
      'cutover_hold_duration_seconds_count{service="orders",result="released"} 1',
    ])
  })

  it('shows errors by class and number, in a bounded number of rows', async () => {
    const metrics = new Registry()
    const errors = createErrorTally()
    const { said } = observed({ metrics, errors })
    for (let errno = 60_000; errno < 60_100; errno++) errors.count({ class: 'bug', errno }, 'passed')
    errors.decided({ decision: decision('rejected', 1290), answer: {} })
    errors.decided({ decision: decision('unknown', undefined), answer: {} })
    errors.decided({ decision: decision('bug', 1064), answer: undefined })
    Object.assign(said.errors, errors.counts())
    expect(await lines(metrics, 'cutover_errors_by_number_total')).toEqual([
      'cutover_errors_by_number_total{service="orders",class="bug",errno="other",decision="passed"} 100',
      'cutover_errors_by_number_total{service="orders",class="rejected",errno="1290",decision="mapped"} 1',
      'cutover_errors_by_number_total{service="orders",class="unknown",errno="none",decision="unknown"} 1',
      'cutover_errors_by_number_total{service="orders",class="bug",errno="1064",decision="passed"} 1',
    ])
    expect(await lines(metrics, 'cutover_errors_total')).toEqual([
      'cutover_errors_total{service="orders",decision="mapped"} 1',
      'cutover_errors_total{service="orders",decision="passed"} 101',
      'cutover_errors_total{service="orders",decision="unknown"} 1',
    ])
  })

  it('shows the connections of a real pool of mysql2, and who waits for one', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => sockets.push(socket)) // never says hello
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const pool = createPool({ host: '127.0.0.1', port, connectionLimit: 1 })
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      pool.end(() => server.close())
    })
    const metrics = new Registry()
    observed({ metrics, pools: () => [poolNumbers('current', pool)] })
    for (let asked = 0; asked < 2; asked++) pool.getConnection(() => undefined)
    expect(await lines(metrics, 'db_client_connection_count')).toEqual([
      'db_client_connection_count{service="orders",db_client_connection_pool_name="current",db_client_connection_state="used"} 1',
    ])
    expect(await lines(metrics, 'db_client_connection_pending_requests')).toEqual([
      'db_client_connection_pending_requests{service="orders",db_client_connection_pool_name="current"} 1',
    ])
  })

  it('holds two pools of one process, until each is gone', async () => {
    const metrics = new Registry()
    const [orders, stock] = [observed({ metrics }), observed({ metrics }, 'stock')]
    stock.release()
    expect(await lines(metrics, 'cutover_datasource_generation')).toEqual([
      'cutover_datasource_generation{service="stock"} 1',
    ])
    stock.observer[Symbol.dispose]()
    expect(await lines(metrics, 'cutover_datasource_generation')).toEqual([])
    expect(await metrics.metrics()).toContain('cutover_phase{service="orders"')
    orders.observer[Symbol.dispose]()
    expect((await metrics.metrics()).trim()).toBe('')
    observed({ metrics })
    expect(await metrics.metrics()).toContain('cutover_phase')
  })

  it('may speak OpenMetrics, have labels of its own, be read as JSON, and be reset', async () => {
    const metrics = new Registry()
    metrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
    metrics.setDefaultLabels({ zone: 'a' })
    const { gate } = observed({ metrics })
    gate.refuse('no word')
    ask(gate, 'refused')
    metrics.resetMetrics()
    expect(await lines(metrics, 'cutover_writes_total')).toEqual([
      'cutover_writes_total{service="orders",result="rejected",zone="a"} 1',
    ])
    expect(await metrics.metrics()).toContain('# TYPE cutover_writes counter')
    const json = await metrics.getMetricsAsJSON()
    expect(json.map(({ name }) => name)).toContain('cutover_gate_state')
  })

  it('never holds a user, a password or a statement', async () => {
    const metrics = new Registry()
    observed({ metrics })
    const labels = [...(await metrics.metrics()).matchAll(/(\w+)="/g)].map(([, label]) => label)
    expect(new Set(labels)).toEqual(
      new Set(['service', 'phase', 'state', 'datasource', 'result', 'decision']),
    )
  })
})

function bucket(le: string, value: number): string {
  return `cutover_hold_duration_seconds_bucket{service="orders",result="released",le="${le}"} ${value}`
}

function decision(kind: 'rejected' | 'unknown' | 'bug', errno: number | undefined) {
  return { class: kind, errno, mayReplay: false, mayShowUpgrading: false, why: '', path: undefined }
}
