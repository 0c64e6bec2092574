import type { Connection, RowDataPacket } from 'mysql2/promise'
import { orAborted } from '../../src/core/deadline.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { CompareConnection } from '../../src/verify/compare-connection.ts'

/** A comparer's session to a server of the lab. */
export async function connectForTest(server: RunningDatabase): Promise<CompareConnection> {
  const connection: Connection = await server.root()
  return {
    async query(sql, params, signal) {
      const [rows] = await orAborted(connection.query<RowDataPacket[]>(sql, [...params]), signal)
      return rows
    },
    async [Symbol.asyncDispose]() {
      connection.destroy()
    },
  }
}
