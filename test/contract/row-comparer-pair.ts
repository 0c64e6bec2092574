import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from 'mysql2/promise'
import type { Comparison, RowComparer, TableComparison } from '../../src/core/ports/row-comparer.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'
import { openRowComparer, type RowComparerOptions } from '../../src/verify/open-row-comparer.ts'
import type { CompareConnection } from '../../src/verify/compare-connection.ts'
import { connectForTest } from './row-comparer-connection.ts'

/** Two independent servers with the same schema `shop`: what differs is what a test put there. */
export interface Pair extends AsyncDisposable {
  readonly source: Connection
  readonly target: Connection
  comparer(options?: RowComparerOptions): RowComparer
  /** The same statements on both servers. */
  both(...statements: string[]): Promise<void>
  compare(tables?: string[], options?: RowComparerOptions): Promise<Comparison>
  compareTable(table: string, options?: RowComparerOptions): Promise<TableComparison>
  /** Calls `meanwhile` before every read of the table's rows. */
  compareWhile(
    table: string,
    options: RowComparerOptions,
    meanwhile: () => Promise<void>,
  ): Promise<TableComparison>
}

export async function startPair(sourceEngine: ServerEngine, targetEngine: ServerEngine): Promise<Pair> {
  const directory = await mkdtemp(join(tmpdir(), 'pair-'))
  const start = (engine: ServerEngine, name: string, serverId: number) =>
    startDatabase({ engine, directory: join(directory, name), serverId })
  const servers = {
    source: await start(sourceEngine, 'a', 1),
    target: await start(targetEngine, 'b', 2),
  }
  const [source, target] = await Promise.all([servers.source.root(), servers.target.root()])
  const comparer = (options?: RowComparerOptions, meanwhile?: () => Promise<void>) =>
    openRowComparer(
      async (name) =>
        interrupted(await connectForTest(name === 'source' ? servers.source : servers.target), meanwhile),
      options,
    )
  const compare = (tables?: string[], options?: RowComparerOptions, meanwhile?: () => Promise<void>) =>
    comparer(options, meanwhile).compare(
      { source: 'source', target: 'target', tables: [{ schema: 'shop', tables }] },
      AbortSignal.timeout(60_000),
    )
  const compareOne = async (...[table, options, meanwhile]: Parameters<Pair['compareWhile']>) => {
    const { tables } = await compare([table], options, meanwhile)
    const [only] = tables
    if (!only) throw new Error(`no result for ${table}`)
    return only
  }
  const pair: Pair = {
    source,
    target,
    comparer,
    compare,
    async both(...statements) {
      for (const sql of statements) await Promise.all([source.query(sql), target.query(sql)])
    },
    compareTable: (table, options = {}) => compareOne(table, options, async () => undefined),
    compareWhile: compareOne,
    async [Symbol.asyncDispose]() {
      source.destroy()
      target.destroy()
      await Promise.all([servers.source[Symbol.asyncDispose](), servers.target[Symbol.asyncDispose]()])
      await rm(directory, { recursive: true, force: true })
    },
  }
  await pair.both(
    'CREATE DATABASE shop CHARACTER SET utf8mb4',
    'USE shop',
    "SET sql_mode = '', time_zone = '+00:00'",
  )
  return pair
}

function interrupted(connection: CompareConnection, meanwhile?: () => Promise<void>): CompareConnection {
  if (!meanwhile) return connection
  return {
    async query(sql, params, signal) {
      if (sql.includes('FORCE INDEX')) await meanwhile()
      return connection.query(sql, params, signal)
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
