import { userInfo } from 'node:os'
import type { ServerEngine } from './server-engine.ts'

export interface ServerPlace {
  readonly engine: ServerEngine
  readonly dataDirectory: string
  readonly temporaryDirectory: string
  readonly socket: string
  readonly port: number
  readonly serverId: number
  /** Schemas that a replica on this server takes over; all others, and account statements, are skipped. */
  readonly replicatedSchemas: readonly string[]
  /** Further options of the server program, last so that they win. */
  readonly extra: readonly string[]
}

/** Command line of a lab server: production semantics (durable, row log, GTID), laboratory sizes. */
export function serverOptions(place: ServerPlace): readonly string[] {
  return [
    ...programOptions(place.engine, place.temporaryDirectory),
    `--datadir=${place.dataDirectory}`,
    `--socket=${place.socket}`,
    `--port=${place.port}`,
    '--bind-address=127.0.0.1',
    `--server-id=${place.serverId}`,
    ...sharedOptions,
    ...engineOptions[place.engine](place.serverId),
    ...place.replicatedSchemas.map((schema) => `--replicate-wild-do-table=${escapeWildcards(schema)}.%`),
    ...place.extra,
  ]
}

/**
 * What every start of a server program needs, the initialisation of a data directory too. `temporary` must be its own:
 * a server that starts removes the temporary tables it finds there, also those another server is using.
 */
export function programOptions(engine: ServerEngine, temporary: string): readonly string[] {
  // --no-defaults must come first, or the machine's own configuration leaks into the lab.
  return ['--no-defaults', `--user=${userInfo().username}`, `--tmpdir=${temporary}`, logSize[engine]]
}

/** Given at the initialisation too, so that no server begins its life by resizing its log. */
const logSize: Readonly<Record<ServerEngine, string>> = {
  mariadb: '--innodb-log-file-size=48M',
  mysql: '--innodb-redo-log-capacity=64M',
}

const sharedOptions: readonly string[] = [
  '--skip-name-resolve',
  '--character-set-server=utf8mb4',
  '--default-time-zone=+00:00',
  '--event-scheduler=OFF',
  '--max-connections=300',
  '--innodb-buffer-pool-size=96M',
  '--innodb-flush-log-at-trx-commit=1',
  '--sync-binlog=1',
  '--log-bin=binlog',
  '--relay-log=relay',
  '--relay-log-recovery=ON',
  '--binlog-format=ROW',
  '--binlog-row-image=FULL',
  '--binlog-row-metadata=FULL',
]

const engineOptions: Readonly<Record<ServerEngine, (serverId: number) => readonly string[]>> = {
  mariadb: (serverId) => [
    // Without it MariaDB 11 makes a new TLS key at every start.
    '--skip-ssl',
    '--collation-server=utf8mb4_unicode_ci',
    '--log-slave-updates',
    // Two live servers write at the same time: with one domain their numbers would collide.
    `--gtid-domain-id=${serverId}`,
    '--gtid-strict-mode=ON',
    '--slave-parallel-threads=8',
    '--slave-net-timeout=10',
    '--performance-schema=OFF',
    '--userstat=ON',
  ],
  mysql: () => [
    '--gtid-mode=ON',
    '--enforce-gtid-consistency=ON',
    '--log-replica-updates=ON',
    '--replica-parallel-workers=8',
    '--replica-net-timeout=10',
    '--mysqlx=OFF',
    '--secure-file-priv=',
    // Sessions and write counters are read from here; what nobody reads would cost 50 MB.
    '--performance-schema=ON',
    '--performance-schema-error-size=0',
    '--performance-schema-digests-size=200',
    ...['statements', 'waits', 'stages', 'transactions'].map(
      (kind) => `--performance-schema-events-${kind}-history-long-size=10`,
    ),
  ],
}

function escapeWildcards(schema: string): string {
  return schema.replace(/[\\_%]/g, '\\$&')
}
