import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Notice } from '../../../src/core/notice.ts'
import type { DecisionEvent, UpgradeWindow, UpgradingOptions } from '../../../src/service/express.ts'
import { rememberUnit, upgrading } from '../../../src/service/express.ts'

const now = new Date('2026-11-21T02:00:10.000Z')
const clock = {
  now: () => now,
  monotonicMs: () => 0,
  sleep: () => Promise.resolve(),
  after: () => () => undefined,
}

const notice: Notice = {
  kind: 'cutover-notice',
  version: 1,
  runId: 'r',
  epoch: 1,
  phase: 'upgrading',
  services: ['orders'],
  since: '2026-11-21T02:00:00.000Z',
  until: '2026-11-21T02:10:00.000Z',
  retryAfterSeconds: 30,
}

const refused = Object.assign(
  new Error("INSERT command denied to user 'app'@'10.1.2.3' for table `orders`"),
  {
    errno: 1142,
    sqlState: '42000',
    sql: 'INSERT INTO orders VALUES (42)',
  },
)
const lost = Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Route = (request: express.Request, response: express.Response, next: express.NextFunction) => void

async function serve(route: Route, options: Partial<UpgradingOptions> = {}, window?: UpgradeWindow | null) {
  const passedOn: unknown[] = []
  const app = express()
  app.all('/', route)
  app.use(
    upgrading({
      notices: { window: () => (window === null ? undefined : (window ?? { notice, grace: false })) },
      clock,
      random: () => 0,
      ...options,
    }),
  )
  const last: express.ErrorRequestHandler = (error, _request, response, next) => {
    passedOn.push(error)
    if (response.headersSent) next(error)
    else response.status(500).send('its own error')
  }
  app.use(last)
  server = createServer(app)
  await new Promise<void>((resolve) => {
    server?.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const send = async (method = 'POST', headers: Record<string, string> = {}) => {
    const response = await fetch(url, { method, headers })
    return { status: response.status, headers: response.headers, body: await response.text() }
  }
  return { send, passedOn }
}

const failing =
  (error: unknown): Route =>
  (_request, _response, next) =>
    next(error)

describe('a refused write in a window', () => {
  it('is a 503 with the time left, told in JSON by default', async () => {
    const { send, passedOn } = await serve(failing(refused))
    const answer = await send()
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('20')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('content-language')).toBe('zh-CN')
    expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After')
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'system-upgrading',
      message: '系统升级中，请稍后再试',
      phase: 'upgrading',
      retryAfter: 20,
    })
    expect(passedOn).toEqual([])
  })

  it('never shows SQL, hosts, accounts or a stack', async () => {
    const { send } = await serve(failing(refused))
    for (const accept of ['application/json', 'application/problem+json', 'text/html', 'text/plain']) {
      const { body, headers } = await send('POST', { Accept: accept })
      expect(`${body}${JSON.stringify([...headers])}`).not.toMatch(
        /INSERT|10\.1\.2\.3|'app'|denied|upgrading\.ts/,
      )
    }
  })

  it.each([
    ['application/problem+json', 'application/problem+json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html'],
    ['text/plain', 'text/plain'],
    ['application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['image/png', 'application/json'],
  ])('for Accept: %s is %s', async (accept, type) => {
    const { send } = await serve(failing(refused))
    const { headers } = await send('POST', { Accept: accept })
    expect(headers.get('content-type')).toBe(`${type}; charset=utf-8`)
    expect(headers.get('vary')).toBe('Accept, Accept-Language')
  })

  it.each([
    ['en-US,en;q=0.9', 'en', 'System upgrading, please try again later'],
    ['zh-TW', 'zh-CN', '系统升级中，请稍后再试'],
    ['fr', 'zh-CN', '系统升级中，请稍后再试'],
    ['fr;q=0.9, en;q=0.1', 'en', 'System upgrading, please try again later'],
  ])('for Accept-Language: %s speaks %s', async (accepted, language, message) => {
    const { send } = await serve(failing(refused))
    const { headers, body } = await send('POST', { 'Accept-Language': accepted })
    expect(headers.get('content-language')).toBe(language)
    expect(JSON.parse(body)).toMatchObject({ message })
  })

  it("uses the notice's own text, escaped in HTML, and no language tag that could break a header", async () => {
    const message = { 'zh-CN': '<b>今晚升级</b>', 'x\r\nSet-Cookie: a': 'evil' }
    const { send } = await serve(failing(refused), {}, { notice: { ...notice, message }, grace: false })
    const html = await send('POST', { Accept: 'text/html', 'Accept-Language': 'zh' })
    expect(html.body).toContain('&#60;b&#62;今晚升级&#60;/b&#62;')
    expect(html.headers.get('set-cookie')).toBeNull()
    expect(JSON.parse((await send('POST', { 'Accept-Language': 'en' })).body)).toMatchObject({
      message: 'System upgrading, please try again later',
    })
  })

  it('reloads an HTML page by itself only after a GET', async () => {
    const { send } = await serve(failing(refused))
    expect((await send('GET', { Accept: 'text/html' })).body).toContain('http-equiv="refresh" content="20"')
    expect((await send('POST', { Accept: 'text/html' })).body).not.toContain('refresh')
  })

  it('follows RFC 9457 and can be found again by its instance', async () => {
    const onDecision = vi.fn<(event: DecisionEvent) => void>()
    const { send } = await serve(failing(refused), { onDecision })
    const body: unknown = JSON.parse((await send('POST', { Accept: 'application/problem+json' })).body)
    expect(body).toMatchObject({ type: 'urn:cutover-kit:system-upgrading', status: 503, title: '系统升级中' })
    const event = onDecision.mock.calls[0]?.[0]
    expect(event).toMatchObject({ error: refused, decision: { errno: 1142, class: 'rejected' } })
    expect(body).toMatchObject({ instance: event?.answer?.instance })
  })

  it('replaces caching headers and a half-described body, and keeps CORS and cookies', async () => {
    const { send } = await serve((_request, response, next) => {
      response.set({
        ETag: '"abc"',
        'Last-Modified': 'Sat, 21 Nov 2026 00:00:00 GMT',
        'Cache-Control': 'public, max-age=600',
        Expires: 'Sat, 21 Nov 2026 10:00:00 GMT',
        'Content-Encoding': 'gzip',
        'Content-Disposition': 'attachment',
        'Access-Control-Allow-Origin': 'https://shop.example',
        'Access-Control-Expose-Headers': 'X-Total',
        Vary: 'Origin',
        'Set-Cookie': 'a=b',
      })
      next(refused)
    })
    const { headers } = await send()
    for (const gone of ['etag', 'last-modified', 'expires', 'content-encoding', 'content-disposition']) {
      expect(headers.get(gone)).toBeNull()
    }
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBe('https://shop.example')
    expect(headers.get('access-control-expose-headers')).toBe('X-Total, Retry-After')
    expect(headers.get('vary')).toBe('Origin, Accept, Accept-Language')
    expect(headers.get('set-cookie')).toBe('a=b')
  })

  it('to HEAD is headers only', async () => {
    const { send } = await serve(failing(refused))
    const answer = await send('HEAD')
    expect(answer).toMatchObject({ status: 503, body: '' })
    expect(answer.headers.get('retry-after')).toBe('20')
  })

  it('spreads the retry time, and asks for a short one when the announced time is over', async () => {
    const spread = await serve(failing(refused), { random: () => 1 })
    expect((await spread.send()).headers.get('retry-after')).toBe('25')
    const late = { notice: { ...notice, retryAfterSeconds: 1 }, grace: false }
    const overdue = await serve(failing(refused), {}, late)
    expect((await overdue.send()).headers.get('retry-after')).toBe('3')
  })

  it('can take a form of the service’s own', async () => {
    const format: UpgradingOptions['format'] = ({ message }) => ({
      status: 200,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code: 50_301, msg: message }),
    })
    const { send } = await serve(failing(refused), { format })
    expect(await send()).toMatchObject({ status: 200, body: '{"code":50301,"msg":"系统升级中，请稍后再试"}' })
  })

  it('is still answered when a hook of the service fails', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const broken = (): never => {
      throw new Error('hook')
    }
    const { send } = await serve(failing(refused), { format: broken, onDecision: broken })
    expect((await send()).status).toBe(503)
    expect(warn).toHaveBeenCalledTimes(2)
  })
})

describe('a write whose fate is unknown', () => {
  it('says so, has a type of its own and no Retry-After', async () => {
    const { send } = await serve(failing(lost))
    const answer = await send('POST', { Accept: 'application/problem+json', 'Accept-Language': 'en' })
    expect(answer.status).toBe(500)
    expect(answer.headers.get('retry-after')).toBeNull()
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:cutover-kit:write-outcome-unknown',
      code: 'write-outcome-unknown',
      detail: expect.stringContaining('check before you send it again') as string,
    })
  })

  it('is known after all when the transaction had not been committed, or when it was a read', async () => {
    const inTransaction = Object.assign(new Error('x'), lost)
    rememberUnit(inTransaction, { inTransaction: true })
    const write = await serve(failing(inTransaction))
    expect((await write.send()).status).toBe(503)
    const read = await serve(failing(lost))
    expect((await read.send('GET')).status).toBe(503)
  })

  it('is judged by the context the service gives', async () => {
    const { send } = await serve(failing(lost), {
      contextOf: () => ({ inTransaction: true, commitSent: true }),
    })
    expect((await send('GET')).status).toBe(500)
  })
})

describe('what goes on to the next handler, the very same object', () => {
  const duplicate = Object.assign(new Error('Duplicate entry'), { errno: 1062, sqlState: '23000' })
  const down = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', syscall: 'connect', fatal: true })

  it.each([
    ['a duplicate key', duplicate],
    ['a database that is not there', down],
    ['a bug', new TypeError('x')],
    ['a thrown text', 'text'],
  ])('%s', async (_name, error) => {
    const { send, passedOn } = await serve(failing(error))
    expect(await send()).toMatchObject({ status: 500, body: 'its own error' })
    expect(passedOn[0]).toBe(error)
  })

  it('everything outside a window, without even being looked at', async () => {
    const onDecision = vi.fn<(event: DecisionEvent) => void>()
    const { send, passedOn } = await serve(failing(refused), { onDecision }, null)
    expect((await send()).status).toBe(500)
    expect(passedOn[0]).toBe(refused)
    expect(onDecision).not.toHaveBeenCalled()
  })

  it('an error after the answer has begun', async () => {
    const { send, passedOn } = await serve((_request, response, next) => {
      response.write('half')
      next(refused)
    })
    await expect(send()).rejects.toThrow('terminated')
    expect(passedOn[0]).toBe(refused)
  })

  it('numbers that mean different things, unless the flavour is known', async () => {
    const locked = Object.assign(new Error('locked'), { errno: 4151, sqlState: 'HY000' })
    const unknown = await serve(failing(locked))
    expect((await unknown.send()).status).toBe(500)
    const known = await serve(failing(locked), { flavour: () => 'mariadb' })
    expect((await known.send()).status).toBe(503)
  })
})

it('late errors of the grace time are answered like those of the window, with a short retry', async () => {
  const { send } = await serve(failing(refused), {}, { notice, grace: true })
  const answer = await send()
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('3')
})
