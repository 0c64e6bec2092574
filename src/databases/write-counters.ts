import type { TableSet } from '../core/refs.ts'
import type { Row } from './statement.ts'
import type { ServerSession } from './server-session.ts'
import { readVariables } from './settings.ts'

/** What the server counts about writes to tables, as one text per table: two equal samples mean no write was seen. */
export interface WriteCounters {
  /** Which counters they are, for the evidence. */
  readonly origin: string
  /** Only writes move them, and every write does: they may be compared over any time in which the server runs. */
  readonly isExact: boolean
  readonly byTable: ReadonlyMap<string, string>
  /** When the server was started, on the kit's monotonic clock; its own count of whole seconds makes it vague. */
  readonly serverStartedMs: number
}

/** How much two readings of one start may differ: a second, and the time an answer takes. Milliseconds. */
const vagueMs = 1_500

/**
 * Reads the write counters of the tables. In order of how exact they are: `performance_schema` (every write),
 * MariaDB's `TABLE_STATISTICS` with `userstat=ON` (every changed row), else what InnoDB shows of a table (statistics and
 * time of the last change in whole seconds, which may miss a write).
 */
export async function readWriteCounters(
  session: ServerSession,
  sets: readonly TableSet[],
  signal: AbortSignal,
): Promise<WriteCounters> {
  const variables = await readVariables(session, ['performance_schema', 'userstat'], signal)
  const source = chooseSource(session, variables)
  const byTable = new Map<string, string>()
  for (const set of sets) {
    const rows = await session.connection.read(
      { doing: 'read the write counters of the tables', sql: source.sql, values: [set.schema] },
      signal,
    )
    for (const row of rows.filter((one) => isIn(set, one))) {
      byTable.set(`${set.schema}.${String(row['tab'])}`, String(row['counted']))
    }
  }
  const serverStartedMs = await readStart(session, signal)
  return { origin: source.origin, isExact: source.isExact, byTable, serverStartedMs }
}

async function readStart(session: ServerSession, signal: AbortSignal): Promise<number> {
  const statement = { doing: 'read how long it is up', sql: "SHOW GLOBAL STATUS LIKE 'Uptime'" }
  const [row] = await session.connection.read(statement, signal)
  return session.clock.monotonicMs() - Number(row?.['Value'] ?? 0) * 1000
}

/**
 * Tables whose counters differ, with both values. A table that one sample lacks counts as 0 there. Counters begin anew
 * when the server does, so after a restart they prove nothing, equal or not.
 */
export function movedCounters(before: WriteCounters, after: WriteCounters): readonly string[] {
  if (after.serverStartedMs > before.serverStartedMs + vagueMs)
    return ['the server was restarted, so its write counters say nothing about the time before']
  const tables = new Set([...before.byTable.keys(), ...after.byTable.keys()])
  return [...tables].flatMap((table) => {
    const [was, is] = [before.byTable.get(table) ?? '0', after.byTable.get(table) ?? '0']
    return was === is ? [] : [`${table} was written to between two samples (${after.origin}: ${was} → ${is})`]
  })
}

function isIn(set: TableSet, row: Row): boolean {
  return set.tables?.includes(String(row['tab'])) ?? true
}

interface CounterSource {
  readonly origin: string
  readonly isExact: boolean
  /** One `?`: the schema. */
  readonly sql: string
}

function chooseSource(session: ServerSession, variables: ReadonlyMap<string, string>): CounterSource {
  if (variables.get('performance_schema') === 'ON') return performanceSchema
  if (variables.get('userstat') === 'ON') return tableStatistics
  return session.identity.flavour === 'mariadb' ? innodbOfMariadb : innodbOfMysql
}

const performanceSchema: CounterSource = {
  origin: 'performance_schema write count',
  isExact: true,
  sql: `SELECT OBJECT_NAME AS tab, COUNT_WRITE AS counted
    FROM performance_schema.table_io_waits_summary_by_table WHERE OBJECT_TYPE = 'TABLE' AND OBJECT_SCHEMA = ?`,
}

const tableStatistics: CounterSource = {
  origin: 'userstat rows changed',
  isExact: true,
  sql: 'SELECT TABLE_NAME AS tab, ROWS_CHANGED AS counted FROM information_schema.TABLE_STATISTICS WHERE TABLE_SCHEMA = ?',
}

const lastChange = `CONCAT_WS('/', COALESCE(t.UPDATE_TIME, '-'), COALESCE(t.AUTO_INCREMENT, '-'), s.NUM_ROWS, s.MODIFIED_COUNTER)`

const innodbOfMariadb: CounterSource = {
  origin: 'InnoDB statistics and time of last change',
  isExact: false,
  sql: `SELECT t.TABLE_NAME AS tab, ${lastChange} AS counted FROM information_schema.TABLES t
    JOIN information_schema.INNODB_SYS_TABLESTATS s ON s.NAME = CONCAT(t.TABLE_SCHEMA, '/', t.TABLE_NAME)
    WHERE t.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE'`,
}

const innodbOfMysql: CounterSource = {
  origin: 'InnoDB statistics and time of last change',
  isExact: false,
  sql: `SELECT /*+ SET_VAR(information_schema_stats_expiry = 0) */ t.TABLE_NAME AS tab, ${lastChange} AS counted
    FROM information_schema.TABLES t
    JOIN information_schema.INNODB_TABLESTATS s ON s.NAME = CONCAT(t.TABLE_SCHEMA, '/', t.TABLE_NAME)
    WHERE t.TABLE_SCHEMA = ? AND t.TABLE_TYPE = 'BASE TABLE'`,
}
