import type { RowDataPacket } from 'mysql2/promise'
import type { FuzzStage } from './fuzz-stage.ts'

/** Everything that a statement could change outside its session, as texts to compare. */
export type World = ReadonlyMap<string, string>

/** What the server counts for statements that only read, or turn the session or its transaction. */
const harmlessCounts =
  /^Com_(?:select|show_\w+|begin|commit|rollback|rollback_to_savepoint|savepoint|release_savepoint|set_option|set_role|change_db|ha_\w+|help|checksum|dealloc_sql|do|empty_query|unlock_tables|explain_other|admin_commands|stmt_close|stmt_prepare|prepare_sql)$/i

/** What goes on by itself, or with every look. */
const restless =
  /^(?:timestamp|gtid_|last_gtid|pseudo_|rand_seed|insert_id|identity|error_count|warning_count|in_transaction|rowid|innodb_buffer_pool_load|statement_id|resultset_metadata)/i

/** Looks at all of it. An `undefined` in the answer is a look that failed, which is a change as well. */
export async function lookAtWorld(stage: FuzzStage, session: number): Promise<World> {
  const world = new Map<string, string>()
  const note = async (what: string, sql: string): Promise<void> => {
    world.set(what, JSON.stringify(await stage.look(sql)))
  }
  const { engine } = stage
  await note('end of the log', engine === 'mariadb' ? 'SHOW MASTER STATUS' : 'SHOW BINARY LOG STATUS')
  await note('rows', 'CHECKSUM TABLE fuzz.t, fuzz.log')
  if (engine === 'mariadb') await note('sequence', 'SELECT * FROM fuzz.s')
  const [engines] = await stage.look('SHOW ENGINE INNODB STATUS')
  world.set('transaction', locksAndChanges(String(engines?.['Status']), session))
  for (const row of await stage.look('SHOW GLOBAL VARIABLES')) noteSetting(world, 'global variable', row)
  for (const row of await stage.look("SHOW GLOBAL STATUS LIKE 'Com\\_%'")) noteCount(world, row)
  world.set('files', (await stage.files()).join())
  return world
}

/** Everything that a statement could leave in its session. */
export async function lookAtSession(run: (sql: string) => Promise<readonly RowDataPacket[]>): Promise<World> {
  const session = new Map<string, string>()
  for (const row of await run('SHOW SESSION VARIABLES')) noteSetting(session, 'session variable', row)
  const [more] = await run('SELECT DATABASE() AS a, RELEASE_ALL_LOCKS() AS b, @a AS c, @b AS d, @p AS e')
  session.set('schema, locks, user variables', JSON.stringify(more))
  return session
}

/** In words, what is not the same. */
export function differences(before: World, after: World): readonly string[] {
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name}: ${before.get(name) ?? 'none'} → ${after.get(name) ?? 'none'}`)
}

function noteSetting(world: Map<string, string>, what: string, row: RowDataPacket): void {
  const name = String(row['Variable_name'])
  if (!restless.test(name)) world.set(`${what} ${name}`, String(row['Value']))
}

function noteCount(world: Map<string, string>, row: RowDataPacket): void {
  const name = String(row['Variable_name'])
  if (!harmlessCounts.test(name)) world.set(`count ${name}`, String(row['Value']))
}

/** The tables of information_schema would be up to 100 ms old. */
function locksAndChanges(status: string, session: number): string {
  const transactions = status.split('---TRANSACTION').slice(1)
  const own = transactions.find((text) => new RegExp(`thread id ${session}\\b`).test(text)) ?? ''
  return /\d+ lock struct.*/.exec(own)?.[0].replace(/heap size \d+, /, '') ?? 'none'
}
