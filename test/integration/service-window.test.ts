import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFile } from 'node:fs/promises'
import type { ServiceLab } from './service-lab.ts'
import { openServiceLab } from './service-lab.ts'

let lab: ServiceLab
let nextId = 0

beforeAll(async () => {
  lab = await openServiceLab()
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
})

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

async function send(
  url: string,
  method: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

function newOrder(id = `order-${(nextId += 1)}`) {
  return { id, customer: 'Wang Wei', item: 'tea 茶', quantity: 2, price: '19.90' }
}

const orders = (path = '/orders') => `${lab.services.instance('orders-1').url}${path}`
const write = (order = newOrder(), headers = {}) => send(orders(), 'POST', order, headers)

async function restartAs(user: 'orders_app' | 'orders_ro'): Promise<void> {
  await lab.useAccount(user)
  await lab.orders.restart('orders-1', AbortSignal.timeout(20_000))
}

describe('outside a window', () => {
  it('orders are written once, read back, listed, and refused as duplicates', async () => {
    const order = newOrder()
    expect(await write(order)).toMatchObject({ status: 201, body: JSON.stringify({ id: order.id }) })
    const read = await send(orders(`/orders/${order.id}`), 'GET')
    expect(JSON.parse(read.body)).toEqual(order)
    expect((await send(orders('/orders?limit=1'), 'GET')).body).toContain('"id"')
    expect(await write(order)).toMatchObject({
      status: 409,
      body: JSON.stringify({ error: 'duplicate', id: order.id }),
    })
  })

  it('an unknown order is 404 and a malformed one 400', async () => {
    expect((await send(orders('/orders/nope'), 'GET')).status).toBe(404)
    expect((await send(orders(), 'POST', { id: 'x' })).status).toBe(400)
  })

  it('invoices are written to billing', async () => {
    const url = `${lab.services.instance('billing-1').url}/invoices`
    expect((await send(url, 'POST', { id: 'i1', customer: 'Li', amount: '5.00' })).status).toBe(201)
    expect((await send(`${url}/i1`, 'GET')).body).toContain('5.00')
  })

  it('a refused write is an internal error like any other, and tells nothing', async () => {
    await restartAs('orders_ro')
    const answer = await write()
    expect(answer).toMatchObject({
      status: 500,
      body: JSON.stringify({ error: 'internal', code: 'E-DB-1142' }),
    })
    expect(answer.headers.get('retry-after')).toBeNull()
  })
})

describe('inside a window', () => {
  beforeAll(async () => {
    await restartAs('orders_app')
    await lab.announce('upgrading')
  })

  it('a duplicate key and a bad column stay their own errors while the account can still write', async () => {
    const order = newOrder()
    expect((await write(order)).status).toBe(201)
    expect((await write(order)).status).toBe(409)
    const bad = await send(orders(`/orders/${order.id}/bad`), 'POST')
    expect(bad).toMatchObject({ status: 500, body: JSON.stringify({ error: 'internal', code: 'E-DB-1054' }) })
  })

  it('a service started inside the window answers its first refused write kindly; reads go on', async () => {
    await restartAs('orders_ro')
    const answer = await write(newOrder(), { 'Accept-Language': 'zh-CN,zh;q=0.9' })
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'system-upgrading',
      message: '系统升级中，请稍后再试',
    })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('etag')).toBeNull()
    expect((await send(orders('/orders?limit=1'), 'GET')).status).toBe(200)
    expect((await send(orders('/orders/x/bad'), 'POST')).body).toContain('E-DB-1054')
  })

  it.each([
    ['text/html', 'en', 'text/html; charset=utf-8', 'System upgrading, please try again later'],
    ['text/plain', 'zh-TW', 'text/plain; charset=utf-8', '系统升级中'],
    [
      'application/problem+json',
      'en-GB',
      'application/problem+json; charset=utf-8',
      'urn:cutover-kit:system-upgrading',
    ],
  ])('%s in %s', async (accept, language, type, text) => {
    const answer = await write(newOrder(), { Accept: accept, 'Accept-Language': language })
    expect(answer.headers.get('content-type')).toBe(type)
    expect(answer.body).toContain(text)
    expect(answer.headers.get('vary')).toBe('Accept, Accept-Language')
    expect(answer.body).not.toMatch(/INSERT|denied|127\.0\.0\.1|orders_ro|at .*\.js/)
  })

  it('a refused write left nothing behind', async () => {
    const order = newOrder()
    expect((await write(order)).status).toBe(503)
    expect((await send(orders(`/orders/${order.id}`), 'GET')).status).toBe(404)
  })

  it('an outage of the config center leaves the window open', async () => {
    await lab.setCenterDown(true)
    try {
      expect((await write()).status).toBe(503)
      expect((await send(orders('/orders?limit=1'), 'GET')).status).toBe(200)
    } finally {
      await lab.setCenterDown(false)
    }
  })

  it('a missing SELECT grant is not an upgrade', async () => {
    await lab.root("GRANT SELECT ON orders.order_tags TO 'orders_ro'@'%'")
    await lab.root("REVOKE SELECT ON orders.* FROM 'orders_ro'@'%'")
    try {
      await restartAs('orders_ro')
      const answer = await send(orders('/orders/x'), 'GET')
      expect(answer).toMatchObject({ status: 500, body: '{"error":"internal","code":"E-DB-1142"}' })
    } finally {
      await lab.root("GRANT SELECT ON orders.* TO 'orders_ro'@'%'")
    }
  })
})

it('after the end of the window and of its grace the same refusal is an internal error again', async () => {
  const expired = new Date(Date.now() - 3_600_000).toISOString()
  await lab.announce('upgrading', { epoch: 2, since: expired, until: expired })
  await restartAs('orders_ro')
  expect(await write()).toMatchObject({
    status: 500,
    body: JSON.stringify({ error: 'internal', code: 'E-DB-1142' }),
  })
})

it('no password stands in a log of the lab', async () => {
  for (const { logFile } of lab.services.instances) {
    const log = await readFile(logFile, 'utf8')
    expect(log).toContain('"started"')
    expect(log).not.toMatch(/aA7|lab-nacos-password/)
  }
})
