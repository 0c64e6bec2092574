import type { Pool, PoolConnection } from 'mysql2/promise'
import { undo } from '../pool/undo.ts'
import { AdapterError } from './adapter-error.ts'
import type { IsolationLevel, Transaction } from './driver-adapter.ts'
import { asPrisma, queryable } from './queryable.ts'

const levels: ReadonlySet<string> = new Set([
  'READ UNCOMMITTED',
  'READ COMMITTED',
  'REPEATABLE READ',
  'SERIALIZABLE',
] satisfies IsolationLevel[])

/**
 * Begins a transaction, which is one unit of work at the gate: it waits there as a whole, and once begun it ends where
 * it began.
 */
export async function startTransaction(
  pool: Pick<Pool, 'getConnection'>,
  isolationLevel: IsolationLevel | undefined,
): Promise<Transaction> {
  if (isolationLevel !== undefined && !levels.has(isolationLevel)) {
    throw new AdapterError({ kind: 'InvalidIsolationLevel', level: isolationLevel })
  }
  const connection = await asPrisma(pool.getConnection())
  try {
    await asPrisma(begin(connection, isolationLevel))
    return transaction(connection)
  } catch (error) {
    // A level that was set and not used would be that of whoever begins next on the session.
    if (isolationLevel !== undefined) await undo(connection)
    connection.release()
    throw error
  }
}

async function begin(connection: PoolConnection, isolationLevel: IsolationLevel | undefined): Promise<void> {
  if (isolationLevel !== undefined) {
    await connection.query(`SET TRANSACTION ISOLATION LEVEL ${isolationLevel}`)
  }
  await connection.query('START TRANSACTION')
}

function transaction(connection: PoolConnection): Transaction {
  const savepoint = async (statement: string, name: string): Promise<void> => {
    await asPrisma(connection.query(`${statement} ${connection.escapeId(name)}`))
  }
  return {
    ...queryable(connection),
    options: { usePhantomQuery: true },
    async commit() {
      try {
        await asPrisma(connection.query('COMMIT'))
      } catch (error) {
        await undo(connection)
        throw error
      } finally {
        connection.release()
      }
    },
    async rollback() {
      await undo(connection)
      connection.release()
    },
    createSavepoint: (name) => savepoint('SAVEPOINT', name),
    rollbackToSavepoint: (name) => savepoint('ROLLBACK TO SAVEPOINT', name),
    releaseSavepoint: (name) => savepoint('RELEASE SAVEPOINT', name),
  }
}
