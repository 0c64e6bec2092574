import { randomUUID } from 'node:crypto'
import { createPool } from 'cutover-kit/mysql2'
import { AdapterError, prismaAdapter } from 'cutover-kit/prisma'
import { isOneModule, report } from './trial.cjs'

async function main() {
  const database = await createPool({
    service: 'orders',
    center: { servers: [process.env.CENTER_URL] },
    datasource: { dataId: 'orders.yaml' },
  })
  const adapter = await prismaAdapter(database.pool).connect()
  const given = { args: [randomUUID()], argTypes: [{ scalarType: 'string', arity: 'scalar' }] }
  const insert = { sql: 'INSERT INTO orders (uid) VALUES (?)', ...given }
  const stored = await adapter.executeRaw(insert)
  const found = await adapter.queryRaw({ sql: 'SELECT uid FROM orders WHERE uid = ?', ...given })
  const error = await adapter.executeRaw(insert).catch((thrown) => thrown)
  await database[Symbol.asyncDispose]()
  const oneModule = await isOneModule('prisma', { AdapterError, prismaAdapter })
  report({ stored, found: found.rows.length, wrapped: error instanceof AdapterError, oneModule })
}

void main()
