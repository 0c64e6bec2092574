// Express 5 hands a rejected handler to the error middleware by itself.
/* oxlint-disable oxc/no-async-endpoint-handlers */
import type { Express, Request, Response } from 'express'
import express from 'express'
import { upgrading } from '../../service/express.ts'
import { createDecisionLog } from '../../service/observe.ts'
import { lastResort } from './last-resort.ts'
import type { OrdersDatabase } from './open-orders-database.ts'
import type { NewOrder } from './order-store.ts'
import { breakOrder, findOrder, insertOrder, listOrders } from './order-store.ts'

import { isDuplicate, readNumber, readText } from './request-values.ts'
import { logFor } from './service-log.ts'
import type { ServiceLog } from './service-log.ts'

/** The orders service: writes and reads orders, and lets the kit's middleware speak during a cutover. */
export function createOrdersApp(database: OrdersDatabase, log: ServiceLog): Express {
  const { pool, notices, handleStatus, countError } = database
  const app = express()
  app.disable('x-powered-by')
  app.use((request, response, next) => {
    if (handleStatus?.(request, response) !== true) next()
  })
  app.use(express.json())

  app.get('/health', async (_request, response) => {
    await database.check()
    response.json({ status: 'up' })
  })
  app.post('/orders', async (request, response) => {
    const order = readOrder(request)
    if (order === undefined) response.status(400).json({ error: 'bad-request' })
    else await answerInsert(response, order.id, () => insertOrder(pool, order))
  })
  app.get('/orders', async (request, response) => {
    const limit = Math.min(100, Math.max(1, Number(request.query['limit'] ?? 20) || 20))
    response.json(await listOrders(pool, limit))
  })
  app.get('/orders/:id', async (request, response) => {
    const order = await findOrder(pool, request.params.id)
    if (order === undefined) response.status(404).json({ error: 'not-found' })
    else response.json(order)
  })
  app.post('/orders/:id/bad', async (request, response) => {
    await breakOrder(pool, request.params.id)
    response.status(204).end()
  })

  app.use(
    upgrading({
      notices,
      ...(countError && { countError }),
      flavour: () => database.flavour(),
      onDecision: createDecisionLog({ log: logFor(log) }),
    }),
  )
  app.use(lastResort(log))
  return app
}

/** A duplicate id is the client's affair at any time, also in a window. */
export async function answerInsert(
  response: Response,
  id: string,
  insert: () => Promise<void>,
): Promise<void> {
  try {
    await insert()
    response.status(201).json({ id })
  } catch (error) {
    if (!isDuplicate(error)) throw error
    response.status(409).json({ error: 'duplicate', id })
  }
}

function readOrder(request: Request): NewOrder | undefined {
  const id = readText(request.body, 'id')
  const customer = readText(request.body, 'customer')
  const item = readText(request.body, 'item')
  const quantity = readNumber(request.body, 'quantity')
  const price = readText(request.body, 'price')
  if (id === undefined || customer === undefined || item === undefined) return undefined
  return quantity === undefined || price === undefined ? undefined : { id, customer, item, quantity, price }
}
