import { meaningOf } from '../databases/error-meaning.ts'
import { versionNumber } from '../databases/identity.ts'
import type { ServerSession } from '../databases/server-session.ts'
import type { Row } from '../databases/statement.ts'
import type { SyncStatus } from '../core/ports/sync-task.ts'

/** One replication channel of a target as its server reports it. */
export interface Channel {
  readonly status: SyncStatus
  /** MariaDB: GTID domains that the channel leaves out; undefined: none. */
  readonly ignoredDomains: ReadonlySet<string>
  /** MariaDB: the only GTID domains it takes; empty: all. */
  readonly onlyDomains: ReadonlySet<string>
}

/** Reads the state of the channel of this name, `''` for the default one; undefined when it was never set up. */
export async function readChannel(
  target: ServerSession,
  name: string,
  signal: AbortSignal,
): Promise<Channel | undefined> {
  const rows = await target.connection.read(
    {
      doing: 'read the state of replication',
      sql: statusStatement(target),
      needs: 'REPLICATION CLIENT (MySQL) or REPLICA MONITOR (MariaDB)',
    },
    signal,
  )
  // Columns by name: their order and their words differ between products and versions.
  const row = rows.find((each) => String(pick(each, ['Channel_Name', 'Connection_name']) ?? '') === name)
  if (row === undefined) return undefined
  return {
    status: toStatus(row),
    ignoredDomains: domains(pick(row, ['Replicate_Ignore_Domain_Ids'])),
    onlyDomains: domains(pick(row, ['Replicate_Do_Domain_Ids'])),
  }
}

function statusStatement({ identity }: ServerSession): string {
  if (identity.flavour === 'mariadb') return 'SHOW ALL SLAVES STATUS'
  return versionNumber(identity.version) >= 80_022 ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS'
}

function pick(row: Row, names: readonly string[]): string | number | null | undefined {
  return names.map((name) => row[name]).find((value) => value !== undefined)
}

function domains(list: string | number | null | undefined): ReadonlySet<string> {
  return new Set(
    String(list ?? '')
      .split(/[\s,]+/)
      .filter((part) => part !== ''),
  )
}

function toStatus(row: Row): SyncStatus {
  const receiver = String(pick(row, ['Replica_IO_Running', 'Slave_IO_Running']) ?? 'No')
  const applier = String(pick(row, ['Replica_SQL_Running', 'Slave_SQL_Running']) ?? 'No')
  const receiving = Number(pick(row, ['Last_IO_Errno']) ?? 0)
  const errors = [
    describeError('applying', pick(row, ['Last_SQL_Errno'])),
    isAway(receiving) ? undefined : describeError('receiving', receiving),
  ].filter((text) => text !== undefined)
  const state = errors.length > 0 ? 'failed' : receiver === 'No' || applier === 'No' ? 'stopped' : 'running'
  const lag = pick(row, ['Seconds_Behind_Source', 'Seconds_Behind_Master'])
  return {
    state,
    ...(state === 'running' && receiver !== 'Yes' ? { connecting: true as const } : {}),
    ...(errors.length > 0 ? { error: errors.join('; ') } : {}),
    // NULL means that nothing is known, not that there is no lag.
    ...(lag === null || lag === undefined ? {} : { displayLagSeconds: Number(lag) }),
  }
}

/**
 * The source did not answer, or went away: errors of the client's side. The server tries again by itself, so waiting
 * helps, unlike with an error that the source sent. A task that is stopped meanwhile keeps the number and is well.
 */
function isAway(errno: number): boolean {
  return errno >= 2000 && errno < 3000
}

/** The number only: the server's text quotes statements and rows. */
function describeError(doing: string, errno: string | number | null | undefined): string | undefined {
  const number = Number(errno ?? 0)
  if (number === 0) return undefined
  const meaning = meaningOf(number)
  return `${doing} failed with error ${number}${meaning === undefined ? '' : ` ${meaning.symbol} (${meaning.when})`}`
}
