import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import type { DatabasePair } from '../../../src/lab/servers/open-database-pair.ts'
import type { ServerEngine } from '../../../src/lab/servers/server-engine.ts'

export type FenceKind = 'instance' | 'schema' | 'account'

/** How many sessions the fenced account has, idle, when an account fence ends them. */
const sessionsOfAccount = 16

/**
 * What the servers themselves need, without a runner, services or journal: two administrator's connections set the
 * fence, read the position, wait for it on the target and commit there, one statement after the other.
 * @returns milliseconds of each round, from before the fence to the committed write.
 */
export async function measureFloor(
  engine: ServerEngine,
  pair: DatabasePair,
  fence: FenceKind,
  rounds: number,
): Promise<readonly number[]> {
  const source = await pair.source.root()
  const target = await pair.target.root()
  try {
    const took: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const sessions = fence === 'account' ? await openSessions(pair) : []
      await source.query("UPDATE orders.orders SET note = ? WHERE id LIKE 'base-%' LIMIT 1", [
        `floor ${round}`,
      ])
      const startedAt = performance.now()
      await raise(engine, fence, source, sessions)
      await waitOnTarget(engine, source, target)
      await target.query("INSERT INTO stock.movements (id, item, quantity) VALUES (?, 'floor', 1)", [
        `floor-${fence}-${round}`,
      ])
      took.push(performance.now() - startedAt)
      await lower(engine, fence, source)
      for (const session of sessions) session.destroy()
    }
    await target.query("DELETE FROM stock.movements WHERE id LIKE 'floor-%'")
    return took
  } finally {
    source.destroy()
    target.destroy()
  }
}

/** As many sessions of the account as two instances have. */
async function openSessions(pair: DatabasePair): Promise<readonly Connection[]> {
  const { host, port } = pair.source
  return Promise.all(
    Array.from({ length: sessionsOfAccount }, async () => {
      const session = await createConnection({
        host,
        port,
        user: 'orders_app',
        password: pair.passwords.orders_app.reveal(),
        database: 'orders',
      })
      session.on('error', () => undefined)
      return session
    }),
  )
}

async function raise(
  engine: ServerEngine,
  fence: FenceKind,
  source: Connection,
  sessions: readonly Connection[],
): Promise<void> {
  if (fence === 'instance') {
    await source.query(`SET GLOBAL ${engine === 'mysql' ? 'super_read_only' : 'read_only'} = 1`)
  } else if (fence === 'schema') {
    await source.query('ALTER SCHEMA orders READ ONLY = 1')
  } else {
    // Its accounts are none of the target's business.
    await source.query('SET SESSION sql_log_bin = 0')
    await source.query("REVOKE INSERT, UPDATE, DELETE ON `orders`.* FROM 'orders_app'@'%'")
    await source.query('SET SESSION sql_log_bin = 1')
    for (const { threadId } of sessions) await source.query('KILL ?', [threadId])
  }
}

async function lower(engine: ServerEngine, fence: FenceKind, source: Connection): Promise<void> {
  if (fence === 'instance') {
    if (engine === 'mysql') await source.query('SET GLOBAL super_read_only = 0')
    await source.query('SET GLOBAL read_only = 0')
  } else if (fence === 'schema') {
    await source.query('ALTER SCHEMA orders READ ONLY = 0')
  } else {
    await source.query('SET SESSION sql_log_bin = 0')
    await source.query("GRANT INSERT, UPDATE, DELETE ON `orders`.* TO 'orders_app'@'%'")
    await source.query('SET SESSION sql_log_bin = 1')
  }
}

async function waitOnTarget(engine: ServerEngine, source: Connection, target: Connection): Promise<void> {
  const read = engine === 'mysql' ? '@@GLOBAL.gtid_executed' : '@@GLOBAL.gtid_binlog_pos'
  const [[row]] = await source.query<RowDataPacket[]>(`SELECT ${read} AS position`)
  const wait = engine === 'mysql' ? 'WAIT_FOR_EXECUTED_GTID_SET(?, 10)' : 'MASTER_GTID_WAIT(?, 10)'
  const [[done]] = await target.query<RowDataPacket[]>(`SELECT ${wait} AS late`, [row?.['position']])
  if (Number(done?.['late']) !== 0) throw new Error('the target did not apply the position')
}
