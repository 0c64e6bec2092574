import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import type { DatabaseServer } from '../../src/core/ports/database-server.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import type { DatabaseSpec } from '../../src/core/system-specs.ts'
import { openDatabaseServer } from '../../src/databases/open-database-server.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'

export const never = new AbortController().signal

/** A real server with the kit's adapter on it, a root session to arrange things, and sessions of service accounts. */
export interface DatabaseLab extends AsyncDisposable {
  readonly running: RunningDatabase
  readonly spec: DatabaseSpec
  readonly server: DatabaseServer
  /** Runs statements as root and gives the rows of the last one. */
  readonly root: (...statements: string[]) => Promise<RowDataPacket[]>
  /** SHOW GRANTS as root sees it. */
  readonly grantsOf: (account: string) => Promise<readonly string[]>
  /** A session as `user`, closed with the lab. */
  readonly session: (user: string, schema?: string) => Promise<Connection>
  /** Closes the sessions that tests opened, and ends what they left prepared. */
  tidy(): Promise<void>
  /** One more adapter, as a second process of the kit would have it. */
  readonly openServer: (user?: string) => Promise<DatabaseServer>
}

export const servicePassword = 'Pass-word.1'

export async function openDatabaseLab(
  engine: ServerEngine,
  extra: readonly string[] = [],
): Promise<DatabaseLab> {
  const directory = await mkdtemp(join(tmpdir(), 'cutover-db-'))
  const movedSchemas = ['orders', 'a_b']
  const running = await startDatabase({ engine, directory, serverId: 7, movedSchemas, extra })
  const rootSession = await running.root()
  const spec: DatabaseSpec = {
    kind: 'database',
    host: running.host,
    port: running.port,
    user: running.admin.user,
    password: 'env:ADMIN',
    tls: 'off',
  }
  const passwords: Record<string, Secret> = {
    [running.admin.user]: running.admin.password,
    narrow: new Secret('narrow', servicePassword),
  }
  const openServer = (user: string = running.admin.user): Promise<DatabaseServer> => {
    const secrets = { resolve: async () => passwords[user] ?? new Secret(user, servicePassword) }
    return openDatabaseServer('source', { ...spec, user }, secrets, systemClock, never)
  }
  const root = async (...statements: string[]): Promise<RowDataPacket[]> => {
    let rows: RowDataPacket[] = []
    for (const statement of statements) [rows] = await rootSession.query<RowDataPacket[]>(statement)
    return rows
  }
  const opened: Connection[] = []
  const servers: DatabaseServer[] = []
  const server = await openServer()
  return {
    running,
    spec,
    server,
    root,
    grantsOf: async (account) =>
      (await root(`SHOW GRANTS FOR ${account}`)).map((row) => String(Object.values(row)[0])).toSorted(),
    async session(user, schema) {
      const connection = await createConnection({
        host: running.host,
        port: running.port,
        user,
        password: servicePassword,
        ...(schema === undefined ? {} : { database: schema }),
      })
      connection.on('error', () => undefined)
      opened.push(connection)
      return connection
    },
    async tidy() {
      for (const connection of opened.splice(0)) connection.destroy()
      for (const row of await root('XA RECOVER')) await root(`XA ROLLBACK '${String(row['data'])}'`)
    },
    async openServer(user) {
      const another = await openServer(user)
      servers.push(another)
      return another
    },
    async [Symbol.asyncDispose]() {
      for (const connection of opened) connection.destroy()
      for (const each of [server, ...servers]) await each[Symbol.asyncDispose]()
      rootSession.destroy()
      await running[Symbol.asyncDispose]()
    },
  }
}

/** The number of the error that a statement gets, or undefined when it is accepted. */
export async function errnoOf(work: Promise<unknown>): Promise<number | string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    const { errno, code } = error as { errno?: number; code?: string }
    return typeof errno === 'number' && errno > 0 ? errno : (code ?? 'closed')
  }
}
