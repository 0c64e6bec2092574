import type { Pool } from 'mysql2/promise'
import { toAdapterError } from './adapter-error.ts'
import type { Queryable, SqlQuery } from './driver-adapter.ts'
import { toParameter } from './to-parameter.ts'
import type { Answer } from './to-result-set.ts'
import { affectedRowsOf, readingOptions, toResultSet } from './to-result-set.ts'

/** What a statement runs on: the pool, or the connection of a transaction. */
export type Runner = Pick<Pool, 'query' | 'execute'>

/** Some statements, such as LOCK TABLES, the server takes as a text only. */
const notPreparable = 1295

/** Runs what Prisma's client asks for. */
export function queryable(runner: Runner): Queryable {
  return {
    provider: 'mysql',
    adapterName: 'cutover-kit',
    queryRaw: async (query) => toResultSet(await run(runner, query)),
    executeRaw: async (query) => affectedRowsOf(await run(runner, query)),
  }
}

/** A call to the pool whose error becomes Prisma's. */
export async function asPrisma<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw toAdapterError(error)
  }
}

async function run(runner: Runner, { sql, args, argTypes }: SqlQuery): Promise<Answer> {
  const values = args.map((value, index) => toParameter(value, argTypes[index]))
  const statement = { ...readingOptions, sql, values }
  const prepared = runner.execute(statement).catch((error: unknown) => {
    if (values.length > 0 || (error as { errno?: unknown }).errno !== notPreparable) throw error
    return runner.query(statement)
  })
  const [result, fields] = await asPrisma(prepared)
  return { result, fields }
}
