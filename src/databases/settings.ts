import type { ServerSettings } from '../core/ports/database-server.ts'
import type { ServerSession } from './server-session.ts'

const names = [
  'sql_mode',
  'time_zone',
  'system_time_zone',
  'character_set_server',
  'collation_server',
  'lower_case_table_names',
  'max_allowed_packet',
  'max_connections',
  'gtid_mode',
  'log_bin',
  'binlog_format',
  'read_only',
  'super_read_only',
]

/** Global values of the named server variables; names that the server does not know are missing. */
export async function readVariables(
  session: ServerSession,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.connection.read(
    {
      doing: 'read its settings',
      sql: `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${wanted.map(() => '?').join(', ')})`,
      values: wanted,
    },
    signal,
  )
  return new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]))
}

export async function readSettings(session: ServerSession, signal: AbortSignal): Promise<ServerSettings> {
  const values = await readVariables(session, names, signal)
  const text = (name: string): string => values.get(name) ?? ''
  const logs = text('log_bin') === 'ON'
  return {
    sqlMode: text('sql_mode'),
    timeZone: text('time_zone'),
    systemTimeZone: text('system_time_zone'),
    characterSet: text('character_set_server'),
    collation: text('collation_server'),
    lowerCaseTableNames: Number(text('lower_case_table_names')),
    maxAllowedPacket: Number(text('max_allowed_packet')),
    maxConnections: Number(text('max_connections')),
    gtid: logs && (session.identity.flavour === 'mariadb' || text('gtid_mode') === 'ON'),
    // A MySQL that no longer has the setting logs rows.
    binlogFormat: logs ? (values.get('binlog_format') ?? 'ROW') : 'OFF',
    readOnly: { readOnly: isOn(text('read_only')), superReadOnly: isOn(text('super_read_only')) },
  }
}

/** MariaDB 12 has levels of read_only; every level but OFF refuses a service's writes. */
export function isOn(value: string): boolean {
  return !['', 'OFF', '0'].includes(value.toUpperCase())
}
