import type { Pool } from 'mysql2'
import type { Clock } from '../../core/ports/clock.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { RawConnection, RawConnectionConfig, RawPoolConfig } from './driver.ts'
import { takeIdle } from './driver.ts'
import { connectionLost } from './session-ended.ts'
import type { SessionHolder } from './session.ts'
import { Session } from './session.ts'
import { WaitingList } from './waiting-list.ts'

export interface SourceOptions {
  /** How long one waits for a connection to become free, milliseconds; 0: without end. Default 10 000. */
  readonly acquireTimeoutMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** How long idle connections of a datasource that was left stay open, milliseconds. */
const idleForMs = 250

/** Gives the connections of one of the driver's pools out, and knows which of them are out. */
export class SessionSource {
  readonly pool: Pool
  flavour: 'mysql' | 'mariadb' | undefined
  readonly #sessions = new Map<object, Session>()
  /** Have been told to end, and are still connected. */
  readonly #ending = new Set<Session>()
  readonly #config: RawPoolConfig
  readonly #clock: Clock
  readonly #waiting: WaitingList
  readonly #fullLimit: number
  #limit: number
  /** Connections that are out or being opened. */
  #out = 0
  #state: 'in-use' | 'left' | 'closed' = 'in-use'
  #cancelGrace: (() => void) | undefined
  #cancelIdle: (() => void) | undefined
  #onEmpty: (() => void)[] | undefined

  constructor(pool: Pool, options: SourceOptions = {}) {
    this.pool = pool
    this.#config = pool.config as unknown as RawPoolConfig
    this.#clock = options.clock ?? systemClock
    this.#waiting = new WaitingList(options.acquireTimeoutMs ?? 10_000, this.#clock)
    this.#fullLimit = this.#config.connectionLimit === 0 ? Infinity : this.#config.connectionLimit
    this.#limit = this.#fullLimit
    pool.on('connection', (connection) => this.#add(connection as unknown as RawConnection))
  }

  /** What a connection of it is opened with. */
  get connectionConfig(): RawConnectionConfig {
    return this.#config.connectionConfig
  }

  /** False: it was left, and gives nothing out any more. */
  get isInUse(): boolean {
    return this.#state === 'in-use'
  }

  /** Open connections, those out included. */
  get open(): number {
    return this.#sessions.size
  }

  /** Connections that are out or being opened. */
  get out(): number {
    return this.#out
  }

  /** The connections that are open. */
  get connections(): readonly RawConnection[] {
    return [...this.#sessions.values()].map(({ connection }) => connection)
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Asks for a session; one of the holder's methods is called, never before this returns. */
  take(holder: SessionHolder, forWrite: boolean): void {
    if (forWrite) this.#limit = this.#fullLimit
    if (this.#state === 'closed') this.#refuse(holder, 'Pool is closed.')
    else if (this.#state === 'left') process.nextTick(() => holder.onMove())
    else if (this.#out < this.#limit) this.#request(holder)
    else if (!this.#config.waitForConnections) this.#refuse(holder, 'No connections available.')
    else if (this.#config.queueLimit > 0 && this.#waiting.length >= this.#config.queueLimit) {
      this.#refuse(holder, 'Queue limit reached.')
    } else {
      this.pool.emit('enqueue')
      this.#waiting.add(holder)
    }
  }

  /** A session that nobody has now; it is the holder's. Undefined: there is none, or not for it; `take` tells. */
  takeFree(holder: SessionHolder, forWrite: boolean): Session | undefined {
    if (forWrite) this.#limit = this.#fullLimit
    if (this.#state !== 'in-use') return undefined
    while (this.#out < this.#limit) {
      const connection = takeIdle(this.pool)
      if (connection === undefined) return undefined
      this.#out += 1
      const session = this.#come(connection)
      if (session !== undefined) {
        session.holder = holder
        return session
      }
    }
    return undefined
  }

  /** Takes a session back that another may have as it is. */
  give(session: Session): void {
    if (!this.#takeBack(session)) return
    if (!session.hasEnded) {
      if (this.#state !== 'in-use' || this.#sessions.size > this.#limit) this.#end(session)
      else session.connection.release()
    }
    this.#next()
  }

  /** Takes a session back that nobody may have any more. */
  drop(session: Session): void {
    const wasOut = this.#takeBack(session)
    this.#forget(session)
    session.connection.destroy()
    if (wasOut) this.#next()
  }

  /** Every session that is open now looks at its rights again before its next statement. */
  distrust(): void {
    for (const session of this.#sessions.values()) {
      session.isStale = true
      session.isUnseen = true
    }
  }

  /** See `Swappable.closeWriters`. */
  narrow(readers: number): void {
    this.#limit = Math.min(this.#fullLimit, Math.max(1, readers))
    this.#recall()
    for (const session of this.#idle()) {
      if (this.#sessions.size <= this.#limit) return
      this.#end(session)
    }
  }

  /** Gives no session out any more; who waits asks elsewhere, or is refused when there is no elsewhere. */
  leave(graceMs: number, isLast: boolean): Promise<void> {
    this.#state = isLast ? 'closed' : 'left'
    for (const holder of this.#waiting.drain()) {
      if (isLast) this.#refuse(holder, 'Pool is closed.')
      else holder.onMove()
    }
    this.#recall()
    if (isLast) this.#endIdle()
    // Later: while held writes run elsewhere, nothing else is to take their time.
    else this.#cancelIdle ??= this.#clock.after(Math.min(idleForMs, graceMs), () => this.#endIdle())
    this.#cancelGrace ??= this.#clock.after(graceMs, () => this.#destroyAll(graceMs))
    return this.#whenEmpty()
  }

  #add(connection: RawConnection): Session {
    const session = new Session(connection, this)
    this.#sessions.set(connection, session)
    const version = connection._handshakePacket?.serverVersion ?? ''
    this.flavour ??= connection._isMariaDB === true || /mariadb/i.test(version) ? 'mariadb' : 'mysql'
    connection.on('error', (error: Error) => this.#ended(session, error))
    connection.on('end', () => this.#ended(session, connectionLost('The server closed the connection.')))
    return session
  }

  #request(holder: SessionHolder): void {
    this.#out += 1
    this.pool.getConnection((error, connection) => {
      if (error) this.#failed(holder, error)
      else this.#arrived(holder, connection as unknown as RawConnection)
    })
  }

  #failed(holder: SessionHolder, error: Error): void {
    this.#out -= 1
    if (this.#state === 'left') holder.onMove()
    else holder.onNoSession(error)
    this.#next()
  }

  #arrived(holder: SessionHolder, connection: RawConnection): void {
    const session = this.#come(connection)
    if (session === undefined) return this.take(holder, false)
    if (holder.wantsSession && this.#state === 'in-use') {
      session.holder = holder
      return holder.onSession(session)
    }
    this.give(session)
    if (!holder.wantsSession) return
    if (this.#state === 'left') holder.onMove()
    else holder.onNoSession(new Error('Pool is closed.'))
  }

  /** Undefined: it had ended meanwhile. */
  #come(connection: RawConnection): Session | undefined {
    const session = this.#sessions.get(connection) ?? this.#add(connection)
    session.isOut = true
    if (!session.hasEnded && !connection.stream.destroyed) return session
    this.drop(session)
    return undefined
  }

  #next(): void {
    while (this.#out < this.#limit) {
      const holder = this.#waiting.shift()
      if (holder === undefined) break
      this.#request(holder)
    }
    this.#finish()
  }

  #refuse(holder: SessionHolder, message: string): void {
    process.nextTick(() => holder.onNoSession(new Error(message)))
  }

  #takeBack(session: Session): boolean {
    if (!session.isOut) return false
    session.isOut = false
    session.holder = undefined
    this.#out -= 1
    return true
  }

  #ended(session: Session, error: Error): void {
    const { holder } = session
    this.#forget(session)
    this.#ending.delete(session)
    const wasOut = this.#takeBack(session)
    holder?.onSessionEnd(error)
    if (wasOut) this.#next()
    else this.#finish()
  }

  #end(session: Session): void {
    this.#forget(session)
    this.#ending.add(session)
    session.end()
  }

  #forget(session: Session): void {
    session.hasEnded = true
    this.#sessions.delete(session.connection)
  }

  /** Leases may hold a session that they do not use now. */
  #recall(): void {
    for (const { holder } of this.#sessions.values()) holder?.letGo()
  }

  #idle(): readonly Session[] {
    return [...this.#sessions.values()].filter(({ isOut }) => !isOut)
  }

  #endIdle(): void {
    this.#cancelIdle?.()
    for (const session of this.#idle()) this.#end(session)
  }

  #destroyAll(graceMs: number): void {
    for (const session of this.#sessions.values()) {
      const { holder } = session
      this.drop(session)
      holder?.onSessionEnd(connectionLost(`its datasource was left ${graceMs} ms ago.`))
    }
    for (const { connection } of this.#ending) connection.stream.destroy()
    this.#ending.clear()
    this.#finish()
  }

  #whenEmpty(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = [...(this.#onEmpty ?? []), resolve]
      this.#finish()
    })
  }

  /** The driver's pool is ended when nothing of it is left: ended earlier, it would cut open transactions off. */
  #finish(): void {
    if (this.#onEmpty === undefined || this.#out + this.#sessions.size + this.#ending.size > 0) return
    const waiting = this.#onEmpty.splice(0)
    if (waiting.length === 0) return
    this.#cancelGrace?.()
    this.pool.end(() => {
      for (const resolve of waiting) resolve()
    })
  }
}
