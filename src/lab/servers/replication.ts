import { escape } from 'mysql2'
import type { RowDataPacket } from 'mysql2/promise'
import type { Secret } from '../../core/secret.ts'
import { runAsRoot } from './run-as-root.ts'
import type { RunningDatabase } from './running-database.ts'
import type { ServerEngine } from './server-engine.ts'

/** The account a replica logs in with; it exists on both servers, so that replication can be turned round. */
export const replicationUser = 'replicator'
export const replicationGrants = [{ privileges: ['REPLICATION SLAVE'], on: '*.*' }] as const

/** Makes `to` a GTID replica of `from` and starts it. Which schemas arrive was decided when `to` was started. */
export async function startReplication(
  from: RunningDatabase,
  to: RunningDatabase,
  password: Secret,
  signal: AbortSignal,
): Promise<void> {
  const start = to.engine === 'mysql' ? 'START REPLICA' : 'START SLAVE'
  await runAsRoot(to, [setUp[to.engine](from, password), start], { signal })
}

/**
 * Makes `to` a replica of `from` that is stopped, and that will begin with what `from` does from now on: everything up
 * to here is on `to` already, or is none of its business. Later, what came from `to` itself does not come back: MySQL
 * asks for what it has not executed, MariaDB drops what carries its own server id.
 */
export async function setUpReplication(
  from: RunningDatabase,
  to: RunningDatabase,
  password: Secret,
  signal: AbortSignal,
): Promise<void> {
  // MySQL finds the beginning by itself. MariaDB would ask for the whole log of `from`, which may be purged in part.
  const beginHere =
    to.engine === 'mariadb' ? [`SET GLOBAL gtid_slave_pos = ${escape(await readLogPosition(from))}`] : []
  await runAsRoot(to, [...beginHere, setUp[to.engine](from, password)], { signal })
}

async function readLogPosition(server: RunningDatabase): Promise<string> {
  const root = await server.root()
  try {
    const [rows] = await root.query<RowDataPacket[]>('SELECT @@GLOBAL.gtid_binlog_pos AS position')
    return String(rows[0]?.['position'] ?? '')
  } finally {
    root.destroy()
  }
}

const setUp: Readonly<Record<ServerEngine, (from: RunningDatabase, password: Secret) => string>> = {
  // A heartbeat every second tells a silent source from a lost one.
  mariadb: (from, password) =>
    `CHANGE MASTER TO MASTER_HOST = ${escape(from.host)}, MASTER_PORT = ${from.port},
      MASTER_USER = ${escape(replicationUser)}, MASTER_PASSWORD = ${escape(password.reveal())},
      MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 1`,
  mysql: (from, password) =>
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = ${escape(from.host)}, SOURCE_PORT = ${from.port},
      SOURCE_USER = ${escape(replicationUser)}, SOURCE_PASSWORD = ${escape(password.reveal())},
      SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 86400,
      SOURCE_HEARTBEAT_PERIOD = 1`,
}
