import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { GateState, InstanceStatus } from '../../src/core/instance-status.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import type { CreatePoolOptions, CutoverPool } from '../../src/service/swap/create-pool.ts'
import type { SwitchLab } from './live-switch-lab.ts'
import { openSwitchLab, statusToken } from './live-switch-lab.ts'
import type { Load, Write } from './live-switch-load.ts'
import { startLoad } from './live-switch-load.ts'

/** For a machine that is busy with other things. */
const patience = { timeout: 15_000, interval: 5 }

/** A whole switch of processes on real servers, by notices and SQL written by hand. */
export function describeLiveSwitch(engine: ServerEngine): void {
  let lab: SwitchLab
  const instances: CutoverPool[] = []
  let load: Load | undefined

  beforeAll(async () => {
    lab = await openSwitchLab(engine, AbortSignal.timeout(110_000))
  })
  afterAll(() => lab[Symbol.asyncDispose]())
  beforeEach(() => lab.begin())
  afterEach(async () => {
    await load?.stop()
    load = undefined
    for (const instance of instances.splice(0)) await instance[Symbol.asyncDispose]()
    await expect
      .poll(() => lab.proxy.open, { ...patience, message: 'connections left at the target' })
      .toBe(0)
  })

  async function start(name: string, options?: Partial<CreatePoolOptions>): Promise<CutoverPool> {
    const instance = await lab.openInstance(name, options)
    instances.push(instance)
    return instance
  }
  const all = (found: (status: InstanceStatus) => unknown) => instances.map((one) => found(one.status()))
  const every = <T>(value: T) => instances.map(() => value)
  const reach = (state: GateState) =>
    expect.poll(() => all(({ gate }) => gate), patience).toEqual(every(state))
  async function armed(): Promise<void> {
    lab.arm()
    await expect.poll(() => all(({ next }) => next?.problems ?? ['none']), patience).toEqual(every([]))
    expect(all(({ next }) => next?.ready)).toEqual(every(true))
  }
  async function holding(said: Parameters<SwitchLab['say']>[1] = {}): Promise<void> {
    lab.say('holding', said)
    await expect.poll(() => all(({ notice }) => notice?.holdAt), patience).not.toContain(null)
  }
  const countOf = (writes: readonly Write[], failure: string | undefined) =>
    writes.filter((write) => write.failure === failure).length
  const failuresOf = (writes: readonly Write[]) => [
    ...new Set(writes.flatMap(({ failure }) => (failure === undefined ? [] : [failure]))),
  ]
  const more = (writes: readonly Write[], count: number) => {
    const from = writes.length
    return expect.poll(() => writes.length - from, patience).toBeGreaterThan(count)
  }

  /** Of which datasources connections are open. */
  async function poolsIn(metrics: Registry): Promise<readonly string[]> {
    const found = (await metrics.metrics()).matchAll(
      /^db_client_connection_count\{.*pool_name="(\w+)",.*\} [1-9]/gm,
    )
    return [...new Set([...found].map(([, name = '']) => name))].toSorted()
  }

  /** Each acknowledged write is on the target exactly once, what failed for certain is nowhere. */
  async function audit(writes: readonly Write[], authority: 'source' | 'target' = 'target'): Promise<void> {
    if (authority === 'target') await lab.catchUp()
    const rows = await lab.rowsOn(authority)
    const wrong = writes.filter(({ token, parts, failure }) => {
      const found = rows.get(token) ?? 0
      if (failure === 'unknown') return found !== 0 && found !== parts
      return found !== (failure === undefined ? parts : 0)
    })
    expect(wrong).toEqual([])
    if (authority === 'source') return
    const left = [...(await lab.rowsOn('source')).keys()].filter((token) => !rows.has(token))
    expect(left, 'rows that only the source has').toEqual([])
  }

  describe(`live switch on ${engine}`, () => {
    it('loses, doubles and fails nothing in the processes that hear of it; others meet the fence', async () => {
      await start('orders-1')
      await start('orders-2')
      load = startLoad(instances)
      await armed()
      const deaf = await lab.openInstance('orders-3', {
        center: { servers: [lab.center.url], notice: { dataId: 'another-notice.json' } },
      })
      const deafLoad = startLoad([deaf], 1)
      await more(load.writes, 50)
      await holding()
      await reach('closed')
      expect(all(({ writes }) => writes.running)).toEqual(every(0))
      await lab.fence()
      // It starts while writes are held, and its first write waits with the others'.
      const late = await start('orders-4')
      expect(late.status().gate).not.toBe('open')
      const first = late.pool.query("INSERT INTO switched (token, part) VALUES ('late', 1)")
      await expect.poll(() => countOf(deafLoad.writes, '1290'), patience).toBeGreaterThan(3)
      await expect.poll(() => all(({ writes }) => writes.held), patience).not.toContain(0)
      await lab.moveOver()
      await lab.release()
      await reach('open')
      expect(all(({ generation }) => generation)).toEqual(every(1))
      expect(all(({ datasource }) => datasource.startsWith(`127.0.0.1:${lab.proxy.port}/`))).toEqual(
        every(true),
      )
      await first
      lab.publishTarget()
      await more(load.writes, 50)
      await Promise.all([load.stop(), deafLoad.stop()])
      await deaf[Symbol.asyncDispose]()

      expect(failuresOf(load.writes)).toEqual([])
      expect(load.failedReads).toEqual([])
      expect(deafLoad.failedReads).toEqual([])
      expect(new Set(deafLoad.writes.map(({ failure }) => failure))).toEqual(new Set([undefined, '1290']))
      expect(Math.max(...load.writes.map(({ ms }) => ms))).toBeLessThan(20_000)
      await audit([...load.writes, ...deafLoad.writes])
      expect((await lab.rowsOn('target')).get('late')).toBe(1)
    })

    it('goes on without the config center once the hold is heard, and when its connections to the target are cut', async () => {
      const metrics = new Registry()
      await start('orders-1', { metrics })
      load = startLoad(instances)
      await more(load.writes, 20)
      await armed()
      expect(await poolsIn(metrics)).toEqual(['current', 'next'])
      expect(await lab.preparedOnTarget(), 'statements prepared ahead').toBeGreaterThan(0)
      await holding()
      await lab.center.setDown(true)
      await reach('closed')
      lab.proxy.cut()
      await lab.fence()
      await lab.moveOver()
      await lab.release()
      await reach('open')
      await more(load.writes, 20)
      await load.stop()
      expect(failuresOf(load.writes)).toEqual([])
      await expect.poll(() => poolsIn(metrics), patience).toEqual(['current'])
      await audit(load.writes)
    })

    it('switches a process that did not hear of the hold, because its center was gone, when it sees the release', async () => {
      await start('orders-1')
      load = startLoad(instances)
      await armed()
      await lab.center.setDown(true)
      await lab.fence()
      await expect.poll(() => countOf(load?.writes ?? [], '1290'), patience).toBeGreaterThan(3)
      await lab.moveOver()
      await lab.release()
      await expect.poll(() => all(({ generation }) => generation), patience).toEqual([1])
      const { writes } = load
      const acknowledged = countOf(writes, undefined)
      await expect.poll(() => countOf(writes, undefined), patience).toBeGreaterThan(acknowledged + 10)
      await load.stop()
      expect(load.failedReads).toEqual([])
      await audit(writes)
    })

    it('answers "upgrading" when the release comes after the limit, runs none of that, and then goes on', async () => {
      await start('orders-1')
      load = startLoad(instances)
      await armed()
      await holding({ limitMs: 600 })
      await reach('closed')
      await lab.fence()
      await reach('refusing')
      await expect.poll(() => countOf(load?.writes ?? [], 'CUTOVER_REFUSED'), patience).toBeGreaterThan(3)
      await lab.moveOver()
      await lab.release()
      await reach('open')
      await more(load.writes, 20)
      await load.stop()
      const failures = new Set(load.writes.map(({ failure }) => failure))
      failures.delete('CUTOVER_EXPIRED')
      expect(failures).toEqual(new Set([undefined, 'CUTOVER_REFUSED']))
      await audit(load.writes)
    })

    it('goes on at the source when the pause is called off', async () => {
      await start('orders-1')
      load = startLoad(instances)
      await armed()
      await holding()
      await reach('closed')
      await lab.fence()
      await lab.liftFence()
      lab.say('armed')
      await reach('open')
      expect(all(({ generation }) => generation)).toEqual([0])
      await more(load.writes, 20)
      await load.stop()
      expect(failuresOf(load.writes)).toEqual([])
      await audit(load.writes, 'source')
    })

    it.each(['keep', 'end'] as const)(
      'does with a unit of work that takes too long as the hold says: %s',
      async (late) => {
        const { pool, status } = await start('orders-1')
        await armed()
        const token = `slow-${late}`
        const slow = await pool.getConnection()
        await slow.beginTransaction()
        await slow.query('INSERT INTO switched (token, part) VALUES (?, 1)', [token])
        await holding({ late })
        await reach(late === 'end' ? 'closed' : 'closing')
        const closedBy = performance.now() + 600
        if (late === 'end') {
          await expect(slow.commit()).rejects.toMatchObject({ code: 'CUTOVER_ENDED' })
        } else {
          await expect.poll(() => performance.now(), patience).toBeGreaterThan(closedBy)
          expect(status()).toMatchObject({ gate: 'closing', writes: { running: 1 } })
          await slow.commit()
          await reach('closed')
        }
        slow.release()
        await lab.fence()
        await lab.moveOver()
        await lab.release()
        await reach('open')
        expect((await lab.rowsOn('target')).get(token)).toBe(late === 'end' ? undefined : 1)
      },
    )

    it('says what is wrong with a target that cannot be reached, and never sends a write there or back by guess', async () => {
      await lab.proxy.setMode('refuse')
      const instance = await start('orders-1')
      load = startLoad(instances)
      lab.arm()
      await expect
        .poll(() => instance.status().next?.problems, patience)
        .toEqual(['It cannot be used: ECONNREFUSED.'])
      expect(instance.status().next?.ready).toBe(false)
      await holding({ limitMs: 400 })
      await reach('refusing')
      lab.say('undone')
      await expect.poll(() => instance.status().notice?.phase, patience).toBe('undone')
      expect(instance.status().gate).toBe('refusing')
      await lab.proxy.setMode('forward')
      await expect.poll(() => instance.status().gate, patience).toBe('open')
      await more(load.writes, 10)
      await load.stop()
      expect(instance.status().generation).toBe(0)
      await audit(load.writes, 'source')
    })

    it('tells the runner of it over HTTP, and nothing of a password', async () => {
      const instance = await start('orders-1')
      const server = await instance.serveStatus({ port: 0 })
      await armed()
      const answer = await fetch(`http://127.0.0.1:${server.port}/cutover/status`, {
        headers: { Authorization: `Bearer ${statusToken}` },
      })
      const status = (await answer.json()) as InstanceStatus
      expect(status).toMatchObject({
        service: 'orders',
        instance: 'orders-1',
        gate: 'open',
        next: { ready: true },
      })
      expect(JSON.stringify(status)).not.toMatch(/live_app|password/i)
    })
  })
}
