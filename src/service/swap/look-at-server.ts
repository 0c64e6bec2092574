import type { Pool, RowDataPacket } from 'mysql2/promise'

/** What one server looks like to the service's own sessions. */
export interface ServerLook {
  /** Tells servers apart. */
  readonly identity: string
  readonly flavour: 'mysql' | 'mariadb'
  readonly version: string
  /** By name, as a session of the service has them. */
  readonly settings: ReadonlyMap<string, string>
  /** Names of the tables and views of the schema that the service's account sees. */
  readonly tables: ReadonlySet<string>
}

/** Settings by which the same statement may mean something else, and how people call them. */
export const comparedSettings: Readonly<Record<string, string>> = {
  sql_mode: 'sql_mode',
  time_zone: 'time_zone',
  character_set_connection: 'the character set of connections',
  collation_connection: 'the collation of connections',
  character_set_database: 'the character set of the schema',
  collation_database: 'the collation of the schema',
  lower_case_table_names: 'lower_case_table_names',
}

// MariaDB has no server_uuid, and its server_uid is made of things that containers may share.
const identityNames = ['server_uuid', 'server_uid', 'hostname', 'port', 'datadir']
const names = [
  ...identityNames,
  ...Object.keys(comparedSettings),
  'version',
  'version_comment',
  'system_time_zone',
]
// SHOW VARIABLES answers for names that the server does not have; SELECT @@name fails for them.
const readVariables = `SHOW SESSION VARIABLES WHERE Variable_name IN (${names.map((name) => `'${name}'`).join(',')})`
const readTables =
  'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME'

/** Reads through the pool the service uses. @throws the driver's error. */
export async function lookAtServer(pool: Pool): Promise<ServerLook> {
  const [rows] = await pool.query<RowDataPacket[]>(readVariables)
  const variables = new Map(rows.map((row) => [String(row['Variable_name']), String(row['Value'])]))
  const [tables] = await pool.query<RowDataPacket[]>(readTables)
  const text = (name: string): string => variables.get(name) ?? ''
  const zone = text('time_zone') === 'SYSTEM' ? text('system_time_zone') : text('time_zone')
  return {
    identity: text('server_uuid') || identityNames.map(text).join('\n'),
    flavour: /mariadb/i.test(text('version') + text('version_comment')) ? 'mariadb' : 'mysql',
    version: text('version'),
    settings: new Map([...variables, ['time_zone', zone]]),
    tables: new Set(tables.map((row) => String(row['name']))),
  }
}
