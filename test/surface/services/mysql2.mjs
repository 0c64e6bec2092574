import { randomUUID } from 'node:crypto'
import { createPool, GateError, isGateError } from 'cutover-kit/mysql2'
import { isOneModule, report } from './trial.cjs'

async function main() {
  const database = await createPool({
    service: 'orders',
    center: { servers: [process.env.CENTER_URL] },
    datasource: { dataId: 'orders.yaml' },
  })
  const { pool } = database
  const uid = randomUUID()
  const insert = (executor) => executor.execute('INSERT INTO orders (uid) VALUES (?)', [uid])
  await pool.transaction(insert)
  const [stored] = await pool.query('SELECT COUNT(*) AS rows_of_it FROM orders WHERE uid = ?', [uid])
  const error = await insert(pool).catch((thrown) => thrown)
  const { gate, generation } = database.status()
  await database[Symbol.asyncDispose]()
  const oneModule = await isOneModule('mysql2', { createPool, GateError, isGateError })
  const [{ rows_of_it: rows }] = stored
  report({ rows, errno: error.errno, heldBack: isGateError(error), gate, generation, oneModule })
}

void main()
