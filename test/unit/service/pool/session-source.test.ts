import { EventEmitter } from 'node:events'
import type { Pool } from 'mysql2'
import { describe, expect, it } from 'vitest'
import type { Session, SessionHolder } from '../../../../src/service/pool/session.ts'
import { SessionSource } from '../../../../src/service/pool/session-source.ts'
import { createFakeClock } from '../../../fakes/fake-clock.ts'

/** A connection that only counts what becomes of it. */
class TestConnection extends EventEmitter {
  readonly stream = { destroyed: false, destroy: () => void (this.stream.destroyed = true) }
  readonly config = {}
  fate: 'open' | 'free' | 'ended' | 'destroyed' = 'open'
  readonly #free: TestConnection[]

  constructor(free: TestConnection[]) {
    super()
    this.#free = free
  }

  release(): void {
    this.fate = 'free'
    this.#free.push(this)
  }

  end(): void {
    this.fate = 'ended'
    this.emit('end')
  }

  destroy(): void {
    this.fate = 'destroyed'
  }
}

class TestPool extends EventEmitter {
  readonly config
  readonly free: TestConnection[] = []
  readonly all: TestConnection[] = []
  hasEnded = false

  constructor(settings: { readonly connectionLimit: number; readonly queueLimit?: number }) {
    super()
    this.config = { waitForConnections: true, queueLimit: 0, connectionConfig: {}, ...settings }
  }

  getConnection(callback: (error: null, connection: TestConnection) => void): void {
    const free = this.free.pop()
    const connection = free ?? new TestConnection(this.free)
    if (free === undefined) {
      this.all.push(connection)
      this.emit('connection', connection)
    }
    process.nextTick(callback, null, connection)
  }

  end(callback: () => void): void {
    this.hasEnded = true
    callback()
  }
}

interface Asking extends SessionHolder {
  wantsSession: boolean
  session: Session | undefined
  readonly heard: string[]
}

function asking(): Asking {
  const holder: Asking = {
    wantsSession: true,
    session: undefined,
    heard: [],
    onSession(session) {
      holder.session = session
      holder.wantsSession = false
    },
    onNoSession: (error) => void holder.heard.push(`${error.name}: ${error.message}`),
    onSessionEnd: (error) => void holder.heard.push(`ended: ${error.message}`),
    onMove: () => void holder.heard.push('moved'),
    letGo: () => false,
  }
  return holder
}

function stage(connectionLimit: number, queueLimit = 0) {
  const pool = new TestPool({ connectionLimit, queueLimit })
  const clock = createFakeClock()
  const source = new SessionSource(pool as unknown as Pool, { acquireTimeoutMs: 100, clock })
  async function take(forWrite = false): Promise<Asking> {
    const holder = asking()
    source.take(holder, forWrite)
    await clock.advance(0)
    return holder
  }
  const given = (holder: Asking): Session => {
    if (holder.session === undefined) throw new Error('it has no session')
    return holder.session
  }
  return { pool, clock, source, take, given }
}

describe('the sessions of a datasource', () => {
  it('go round, and those who wait get one first come, first served', async () => {
    const { source, take, given, clock } = stage(1)
    const first = await take()
    const second = await take()
    const third = await take()
    expect([second.session, source.waiting]).toEqual([undefined, 2])
    source.give(given(first))
    await clock.advance(0)
    expect(second.session).toBe(first.session)
    expect(third.session).toBeUndefined()
    source.give(given(second))
    await clock.advance(0)
    expect(third.session).toBe(first.session)
    expect(clock.pending).toBe(0)
  })

  it('are not waited for longer, nor by more, than allowed', async () => {
    const { take, clock, source } = stage(1, 1)
    await take()
    const waits = await take()
    const tooMany = await take()
    expect(tooMany.heard).toEqual(['Error: Queue limit reached.'])
    await clock.advance(100)
    expect(waits.heard[0]).toMatch(/^ConnectionAcquireTimeoutError: .* within 100 ms/)
    expect(source.waiting).toBe(0)
  })

  it('go to the next when who waited has lost interest', async () => {
    const { source, take, given, clock, pool } = stage(1)
    const first = await take()
    const gone = await take()
    const third = await take()
    gone.wantsSession = false
    source.give(given(first))
    await clock.advance(0)
    expect(gone.session).toBeUndefined()
    expect(third.session).toBe(first.session)
    expect(pool.all).toHaveLength(1)
  })

  it('make room for another when they end under their holder', async () => {
    const { source, take, pool, clock } = stage(1)
    const first = await take()
    const waits = await take()
    pool.all[0]?.emit('error', new Error('reset'))
    await clock.advance(0)
    expect(first.heard).toEqual(['ended: reset'])
    expect(waits.session?.connection).toBe(pool.all[1])
    expect([source.open, source.out]).toEqual([1, 1])
  })

  it('are few while writers are closed, and as many as before with the next write', async () => {
    const { source, take, given, pool } = stage(4)
    const holders = await Promise.all([take(), take(), take(), take()])
    for (const holder of holders.slice(1)) source.give(given(holder))
    source.narrow(2)
    expect(source.open).toBe(2)
    const reads = [await take(), await take()]
    expect(reads.map(({ session }) => session !== undefined)).toEqual([true, false])
    const write = await take(true)
    expect(write.session).toBeDefined()
    expect(pool.all.filter(({ fate }) => fate === 'ended')).toHaveLength(2)
  })

  it('of a datasource that was left end as they come back, and the pool with the last', async () => {
    const { source, take, given, pool, clock } = stage(2)
    const first = await take()
    const second = await take()
    source.give(given(second))
    let isEmpty = false
    void source.leave(500, false).then(() => (isEmpty = true))
    // Those that are idle take no time from what runs elsewhere now.
    await clock.advance(249)
    expect(pool.all.map(({ fate }) => fate)).toEqual(['open', 'free'])
    await clock.advance(1)
    expect(pool.all.map(({ fate }) => fate)).toEqual(['open', 'ended'])
    expect(pool.hasEnded).toBe(false)
    source.give(given(first))
    await clock.advance(0)
    expect([pool.all[0]?.fate, pool.hasEnded, isEmpty, clock.pending]).toEqual(['ended', true, true, 0])
  })

  it('that stay out too long are destroyed', async () => {
    const { source, take, pool, clock } = stage(2)
    const first = await take()
    void source.leave(500, false)
    await clock.advance(499)
    expect(pool.all[0]?.fate).toBe('open')
    await clock.advance(1)
    expect(pool.all[0]?.fate).toBe('destroyed')
    expect(first.heard).toEqual(['ended: Connection lost: its datasource was left 500 ms ago.'])
    expect(pool.hasEnded).toBe(true)
  })

  it('are asked for elsewhere by who waited when the datasource is left', async () => {
    const { source, take } = stage(1)
    await take()
    const waits = await take()
    void source.leave(500, false)
    expect(waits.heard).toEqual(['moved'])
    expect((await take()).heard).toEqual(['moved'])
  })

  it('are refused after the end', async () => {
    const { source, take } = stage(1)
    await take()
    const waits = await take()
    void source.leave(500, true)
    expect((await take()).heard).toEqual(['Error: Pool is closed.'])
    expect(waits.heard).toEqual(['Error: Pool is closed.'])
  })
})
