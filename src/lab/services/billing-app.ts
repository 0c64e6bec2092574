// Express 5 hands a rejected handler to the error middleware by itself.
/* oxlint-disable oxc/no-async-endpoint-handlers */
import type { Express } from 'express'
import express from 'express'
import { lastResort } from './last-resort.ts'
import type { ServiceDatabase } from './open-pool.ts'
import { answerInsert } from './orders-app.ts'
import { readText } from './request-values.ts'
import type { ServiceLog } from './service-log.ts'

/** A service that shares the source with orders, knows nothing of the cutover and must not notice it. */
export function createBillingApp(database: ServiceDatabase, log: ServiceLog): Express {
  const { pool } = database
  const app = express()
  app.disable('x-powered-by')
  app.use(express.json())

  app.get('/health', async (_request, response) => {
    await database.check()
    response.json({ status: 'up' })
  })
  app.post('/invoices', async (request, response) => {
    const id = readText(request.body, 'id')
    const customer = readText(request.body, 'customer')
    const amount = readText(request.body, 'amount')
    if (id === undefined || customer === undefined || amount === undefined) {
      response.status(400).json({ error: 'bad-request' })
      return
    }
    await answerInsert(response, id, async () => {
      await pool.execute('INSERT INTO invoices (id, customer, amount) VALUES (?, ?, ?)', [
        id,
        customer,
        amount,
      ])
    })
  })
  app.get('/invoices/:id', async (request, response) => {
    const [rows] = await pool.execute('SELECT id, customer, amount FROM invoices WHERE id = ?', [
      request.params.id,
    ])
    const [invoice] = rows as readonly unknown[]
    if (invoice === undefined) response.status(404).json({ error: 'not-found' })
    else response.json(invoice)
  })

  app.use(lastResort(log))
  return app
}
