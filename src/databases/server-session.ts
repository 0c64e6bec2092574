import type { Connection as DriverConnection } from 'mysql2/promise'
import type { Clock } from '../core/ports/clock.ts'
import type { ServerIdentity } from '../core/ports/database-server.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { CutoverError } from '../core/errors.ts'
import { connectAsRunner } from './connect.ts'
import { createConnection, type Connection } from './connection.ts'
import { identify } from './identity.ts'
import { interruptStatement } from './interrupt-statement.ts'
import { addressOf, anotherServer, formatAddress, type ServerAddress } from './server-address.ts'
import { tagSession } from './session-tag.ts'

/** Everything the parts of the adapter share: the server, what it is, and the kit's session on it. */
export interface ServerSession extends AsyncDisposable {
  readonly address: ServerAddress
  readonly spec: DatabaseSpec
  readonly identity: ServerIdentity
  readonly clock: Clock
  /** The session for short statements. */
  readonly connection: Connection
  /**
   * One more session, for statements that wait or hold locks. The caller closes it, or it ends with this object.
   * @param prepare settings of the session; called for each one that is opened, also after one was lost.
   */
  openConnection(prepare?: PrepareSession): Connection
  /** Numbers of the sessions that the kit holds through this object. */
  ownSessions(): readonly number[]
}

/** What it throws closes the session. */
export type PrepareSession = (driver: DriverConnection, signal: AbortSignal) => Promise<void>

/** What holds for every session that the kit opens through one adapter, the first and each later one. */
export interface SessionRules {
  /** Id of the process's lock: whoever breaks it finds the sessions by it. */
  readonly lockId: string
  /**
   * Asked when a session is open and before anything is sent on it. What it throws closes the session. So a session that
   * passes was there before the answer, and whoever breaks the lock after the answer finds it and ends it.
   */
  readonly admit: (signal: AbortSignal) => Promise<void>
}

/**
 * Connects to a server as the kit's account and finds out what it is.
 * Later reconnects refuse a server that is another one than at first.
 */
export async function openServerSession(
  name: string,
  spec: DatabaseSpec,
  secrets: Secrets,
  clock: Clock,
  signal: AbortSignal,
  rules?: SessionRules,
): Promise<ServerSession> {
  const address = addressOf(name, spec)
  const connections = new Set<Connection>()
  let identity: ServerIdentity | undefined

  const open = async (signal: AbortSignal) => {
    const opened = await connectAsRunner(name, spec, secrets, signal)
    try {
      const found = await identify(opened, address, signal)
      if (identity !== undefined && found.serverUuid !== identity.serverUuid) throw anotherServer(address)
      identity ??= found
      if (rules) {
        await tagSession(opened, rules.lockId, signal)
        await rules.admit(signal)
      }
      return opened
    } catch (error) {
      opened.destroy()
      throw error
    }
  }

  const interrupt = (id: number): Promise<void> => interruptStatement(name, spec, secrets, id)

  const openConnection = (prepare?: PrepareSession): Connection => {
    const openPrepared = (signal: AbortSignal) => openWith(open, prepare, signal)
    const connection = createConnection({ address, clock, open: openPrepared, interrupt })
    connections.add(connection)
    const close = connection[Symbol.asyncDispose].bind(connection)
    return Object.assign(connection, {
      [Symbol.asyncDispose]: async () => {
        connections.delete(connection)
        await close()
      },
    })
  }

  const connection = openConnection()
  await connection.read({ doing: 'open a session', sql: 'SELECT 1' }, signal)
  if (identity === undefined)
    throw new CutoverError('internal', `${formatAddress(address)} was not identified`)
  return {
    address,
    spec,
    identity,
    clock,
    connection,
    openConnection,
    ownSessions: () => [...connections].flatMap((each) => each.sessionId() ?? []),
    async [Symbol.asyncDispose]() {
      await Promise.all([...connections].map((each) => each[Symbol.asyncDispose]()))
    },
  }
}

async function openWith(
  open: (signal: AbortSignal) => Promise<DriverConnection>,
  prepare: PrepareSession | undefined,
  signal: AbortSignal,
): Promise<DriverConnection> {
  const opened = await open(signal)
  try {
    await prepare?.(opened, signal)
    return opened
  } catch (error) {
    opened.destroy()
    throw error
  }
}
