import { tracingChannel } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import { Connection, type Pool, type PoolConnection } from 'mysql2'

/**
 * What the pool needs of the driver beyond its declared types. Everything a connection sends goes through its
 * `addCommand`; a test holds each of these names against the installed driver.
 */
export interface Command extends EventEmitter {
  /** `query` and `execute`: the text, with its values in it for `query`. */
  readonly sql?: string
  /** Called once with the outcome; undefined: the outcome comes as events. */
  onResult?: Callback | undefined
}

/** `ping` says nothing at all when all is well. */
export type Callback = (error?: Error | null, result?: unknown, fields?: unknown) => void

export interface PreparedStatement {
  readonly id: number
  readonly query: string
  readonly columns: readonly unknown[]
  readonly parameters: readonly unknown[]
}

/** A real connection of the driver's pool. */
export interface RawConnection extends PoolConnection {
  addCommand(command: Command): Command
  readonly stream: { readonly destroyed: boolean; destroy(): void }
  readonly _closing?: boolean
  _released?: boolean
  readonly _isMariaDB?: boolean
  readonly _handshakePacket?: { readonly serverVersion?: string } | null
  readonly _fatalError?: unknown
  readonly _protocolError?: unknown
  /** Statements that `execute` has prepared, by their text and how rows are wanted. */
  readonly _statements?: {
    entries(): Iterable<readonly [key: string, statement: { readonly query: string }]>
  }
}

/** The driver's pool as it is inside; a version may come that is not. */
interface RawPool {
  readonly _closed?: boolean
  readonly _freeConnections?: { readonly length: number; pop(): RawConnection }
}

const poolConnects = tracingChannel('mysql2:pool:connect')

/**
 * A connection that the driver's pool has and nobody uses, taken as its `getConnection` does it, but at once. Undefined:
 * there is none, or somebody traces how connections are taken; then `getConnection` is to be asked.
 */
export function takeIdle(pool: Pool): RawConnection | undefined {
  const { _closed, _freeConnections: free } = pool as unknown as RawPool
  if (free === undefined || free.length === 0 || _closed !== false || poolConnects.hasSubscribers)
    return undefined
  const connection = free.pop()
  pool.emit('acquire', connection)
  connection._released = false
  return connection
}

/** How the driver's pool keeps its settings. */
export interface RawPoolConfig {
  readonly connectionLimit: number
  readonly waitForConnections: boolean
  readonly queueLimit: number
  readonly connectionConfig: RawConnectionConfig
}

export interface RawConnectionConfig {
  readonly database?: string
  readonly host?: string
  readonly port?: number
  readonly gracefulEnd?: boolean
  readonly trace?: boolean
}

type Method = (this: object, ...args: unknown[]) => unknown

type MethodName =
  | 'query'
  | 'execute'
  | 'prepare'
  | 'unprepare'
  | 'beginTransaction'
  | 'commit'
  | 'rollback'
  | 'ping'
  | 'reset'
  | 'changeUser'
  | 'format'
  | 'escape'
  | 'escapeId'
  | '_resolveNamedPlaceholders'
  | 'end'

/** The driver's own methods, to be run on an object that has its own `addCommand`. Read at each call: tracers patch them. */
export const methods = Connection.prototype as unknown as Readonly<Record<MethodName, Method>>

/** Bits of the status that the server sends with each OK. */
export const serverStatus = { inTransaction: 1, autocommit: 2, readOnly: 0x2000 } as const

/** The status in a result; undefined for rows, whose end the driver does not show. Of several results the last. */
export function statusOf(result: unknown): number | undefined {
  const last: unknown = Array.isArray(result) ? result.at(-1) : result
  if (typeof last !== 'object' || last === null || Array.isArray(last)) return undefined
  const { serverStatus: status, affectedRows } = last as { serverStatus?: unknown; affectedRows?: unknown }
  // A row may have a column of this name; only the header of a result counts rows as well.
  return typeof status === 'number' && typeof affectedRows === 'number' ? status : undefined
}
