import { escape } from 'mysql2'
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
  await runAsRoot(to, statements[to.engine](from, password), { signal })
}

const statements: Readonly<
  Record<ServerEngine, (from: RunningDatabase, password: Secret) => readonly string[]>
> = {
  // A heartbeat every second tells a silent source from a lost one.
  mariadb: (from, password) => [
    `CHANGE MASTER TO MASTER_HOST = ${escape(from.host)}, MASTER_PORT = ${from.port},
      MASTER_USER = ${escape(replicationUser)}, MASTER_PASSWORD = ${escape(password.reveal())},
      MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 1`,
    'START SLAVE',
  ],
  mysql: (from, password) => [
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = ${escape(from.host)}, SOURCE_PORT = ${from.port},
      SOURCE_USER = ${escape(replicationUser)}, SOURCE_PASSWORD = ${escape(password.reveal())},
      SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 86400,
      SOURCE_HEARTBEAT_PERIOD = 1`,
    'START REPLICA',
  ],
}
