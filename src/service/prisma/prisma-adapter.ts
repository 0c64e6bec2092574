import type { Pool } from 'mysql2/promise'
import type { DriverAdapter, DriverAdapterFactory } from './driver-adapter.ts'
import { asPrisma, queryable } from './queryable.ts'
import { startTransaction } from './start-transaction.ts'

/**
 * Prisma's driver adapter over the kit's pool: `new PrismaClient({ adapter: prismaAdapter(database.pool) })`. For
 * Prisma 7, with a datasource of the provider `mysql` for either server. Statements name no schema, so that they go on
 * where the pool goes; `@@schema` in a model would hold them to the one they are on. Ending the client does not end the
 * pool, which may serve others.
 *
 * Prisma gives a transaction up that has waited 2 seconds to begin, and one that takes 5 seconds. A write may be held
 * for longer: raise `transactionOptions` (`maxWait`, `timeout`) above what the gate may hold. Prisma's statements are
 * of many texts, each of which a connection keeps prepared: a pool for it is best given a low `maxPreparedStatements`.
 *
 * @param pool `CutoverPool.pool`.
 */
export function prismaAdapter(pool: Pick<Pool, 'query' | 'execute' | 'getConnection'>): DriverAdapterFactory {
  const { provider, adapterName } = queryable(pool)
  return { provider, adapterName, connect: () => connect(pool) }
}

async function connect(pool: Pick<Pool, 'query' | 'execute' | 'getConnection'>): Promise<DriverAdapter> {
  const one = queryable(pool)
  const { rows } = await one.queryRaw({ sql: 'SELECT VERSION()', args: [], argTypes: [] })
  const supportsRelationJoins = hasLateralJoins(String(rows[0]?.[0]))
  return {
    ...one,
    async executeScript(script) {
      await asPrisma(pool.query(script))
    },
    startTransaction: (isolationLevel) => startTransaction(pool, isolationLevel),
    getConnectionInfo: () => ({ supportsRelationJoins }),
    async dispose() {
      // The pool is its owner's to end.
    },
  }
}

/** MySQL has LATERAL since 8.0.14; MariaDB of the versions in use has not. */
function hasLateralJoins(version: string): boolean {
  if (/mariadb/i.test(version)) return false
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number)
  return major > 8 || (major === 8 && (minor > 0 || patch >= 14))
}
