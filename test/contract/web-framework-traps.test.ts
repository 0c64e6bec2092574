// A filter's `catch` is not that of a promise.
/* oxlint-disable promise/valid-params */
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import cors from '@koa/cors'
import 'reflect-metadata'
import { Controller, HttpException, Post } from '@nestjs/common'
import { APP_FILTER, APP_GUARD, BaseExceptionFilter, HttpAdapterHost, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import express from 'express'
import type { FastifyInstance } from 'fastify'
import fastify from 'fastify'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import Koa from 'koa'
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as forExpress from '../../src/service/express.ts'
import * as forFastify from '../../src/service/fastify.ts'
import * as forHono from '../../src/service/hono.ts'
import * as forKoa from '../../src/service/koa.ts'
import * as forNest from '../../src/service/nestjs.ts'
import { upgradingNotice as notice } from '../fakes/upgrading-notice.ts'

const options = { notices: { window: () => ({ notice, grace: false }) } }
const refused = Object.assign(
  new Error("INSERT command denied to user 'app'@'10.1.2.3' for table `orders`"),
  {
    errno: 1142,
    sqlState: '42000',
  },
)
const fail = (): never => {
  throw refused
}

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0)) await close()
})

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  closings.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const post = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', headers })

describe('Koa', () => {
  const serve = (...middleware: readonly Koa.Middleware[]): Promise<string> => {
    const app = new Koa()
    app.silent = true
    for (const one of middleware) app.use(one)
    const answer = app.callback()
    return listen(createServer((request, response) => void answer(request, response)))
  }
  const origin = { Origin: 'https://shop.example' }

  it('takes CORS off every error by itself', async () => {
    const answer = await post(await serve(cors({ keepHeadersOnError: false }), fail), origin)
    expect(answer.status).toBe(500)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  it.each([
    ['before', [forKoa.upgrading(options), cors({ keepHeadersOnError: false })]],
    ['after', [cors({ keepHeadersOnError: false }), forKoa.upgrading(options)]],
  ])('leaves them on an answer of the middleware that stands %s CORS', async (_place, middleware) => {
    const answer = await post(await serve(...middleware, fail), origin)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After')
  })
})

describe('Fastify', () => {
  async function serve(build: (app: FastifyInstance) => void): Promise<string> {
    const app = fastify()
    build(app)
    closings.push(() => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  }

  /** Registers what has a scope of its own. */
  function inside(app: FastifyInstance, build: (plugin: FastifyInstance) => void): void {
    app.register((plugin: FastifyInstance, _options: object, done: () => void) => {
      build(plugin)
      done()
    })
  }

  it('tells clients the message of an error by itself, also with status 503', async () => {
    const url = await serve((app) => {
      app.post('/', () => {
        throw Object.assign(new Error('secret detail'), { statusCode: 503 })
      })
    })
    expect(await (await post(url)).text()).toContain('secret detail')
  })

  it('tells nothing of a refused write, and the rest goes to its own handler', async () => {
    const url = await serve((app) => {
      app.setErrorHandler(forFastify.upgrading(options))
      app.post('/', fail)
      app.post('/teapot', () => {
        throw Object.assign(new Error('short and stout'), { statusCode: 418 })
      })
    })
    expect(await (await post(url)).text()).not.toContain('denied')
    const other = await post(`${url}/teapot`)
    expect(other.status).toBe(418)
    expect(await other.json()).toMatchObject({ message: 'short and stout' })
  })

  it('runs it for a plugin without a handler, for one that throws on, and for one that was given to it', async () => {
    const url = await serve((app) => {
      app.setErrorHandler(forFastify.upgrading(options))
      inside(app, (plugin) => {
        plugin.post('/without', fail)
      })
      inside(app, (plugin) => {
        plugin.setErrorHandler((error) => {
          throw error
        })
        plugin.post('/throws', fail)
      })
      inside(app, (plugin) => {
        plugin.setErrorHandler(
          forFastify.upgrading(options, (_error, _request, reply) => reply.code(400).send('own')),
        )
        plugin.post('/given', fail)
        plugin.post('/own', () => {
          throw new TypeError('x')
        })
      })
    })
    for (const path of ['/without', '/throws', '/given']) {
      expect((await post(url + path)).status, path).toBe(503)
    }
    expect((await post(`${url}/own`)).status).toBe(400)
  })

  it('keeps the handlers of plugins from running, too', async () => {
    const handled = vi.fn<() => string>(() => 'stored')
    const url = await serve((app) => {
      app.addHook('onRequest', forFastify.beforeHandler(options))
      inside(app, (plugin) => {
        plugin.post('/', handled)
      })
    })
    expect((await post(url)).status).toBe(503)
    expect(handled).not.toHaveBeenCalled()
  })
})

describe('Hono', () => {
  it('answers other errors as without a handler: their own response, else a 500 that tells nothing', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const app = new Hono()
    app.onError(forHono.upgrading(options))
    app.post('/gone', () => {
      throw new HTTPException(410, { message: 'moved' })
    })
    app.post('/bug', () => {
      throw new TypeError('secret')
    })
    const gone = await app.request('/gone', { method: 'POST' })
    expect([gone.status, await gone.text()]).toEqual([410, 'moved'])
    const bug = await app.request('/bug', { method: 'POST' })
    expect([bug.status, await bug.text()]).toEqual([500, 'Internal Server Error'])
    expect(log).toHaveBeenCalledTimes(1)
  })

  it('lets a sub-app with its own handler have it, when that one was given to it', async () => {
    const own = new Hono()
    own.onError(forHono.upgrading(options, (_error, context) => context.text('own', 400)))
    own.post('/refused', fail)
    own.post('/bug', () => {
      throw new TypeError('x')
    })
    const app = new Hono().route('/sub', own)
    expect((await app.request('/sub/refused', { method: 'POST' })).status).toBe(503)
    expect((await app.request('/sub/bug', { method: 'POST' })).status).toBe(400)
  })
})

describe('NestJS', () => {
  class Orders {
    store(): void {
      throw refused
    }
    refuse(): void {
      throw new HttpException('no', 422)
    }
  }
  Controller('orders')(Orders)
  for (const [name, path] of [
    ['store', ''],
    ['refuse', 'refuse'],
  ] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, name) as PropertyDescriptor
    Post(path)(Orders.prototype, name, descriptor)
  }

  async function serve(providers: readonly object[]): Promise<string> {
    const module = { module: Orders, controllers: [Orders], providers: providers as never }
    const app = await NestFactory.create(module, new ExpressAdapter(), { logger: false })
    closings.push(() => app.close())
    await app.listen(0, '127.0.0.1')
    return app.getUrl()
  }
  const filter = {
    provide: APP_FILTER,
    useFactory: ({ httpAdapter }: HttpAdapterHost) =>
      forNest.upgrading(options, new BaseExceptionFilter(httpAdapter)),
    inject: [HttpAdapterHost],
  }
  const guard = { provide: APP_GUARD, useFactory: () => forNest.beforeHandler(options) }

  it('takes the filter as a provider, and answers its own exceptions as ever', async () => {
    const url = await serve([filter])
    expect((await post(`${url}/orders`)).status).toBe(503)
    const own = await post(`${url}/orders/refuse`)
    expect([own.status, await own.json()]).toEqual([422, { statusCode: 422, message: 'no' }])
  })

  it('takes the guard as a provider, whose refusal is a 503 to any filter', async () => {
    const answered = await post(`${await serve([filter, guard])}/orders/refuse`)
    expect(answered.headers.get('retry-after')).not.toBeNull()
    const plain = await post(`${await serve([guard])}/orders/refuse`)
    expect([plain.status, await plain.json()]).toEqual([
      503,
      { statusCode: 503, message: 'System upgrading, please try again later' },
    ])
  })

  it('leaves everything alone that is not HTTP', async () => {
    const elsewhere = { catch: vi.fn<(error: unknown) => string>(() => 'its own') }
    const otherwise = { catch: vi.fn<() => void>() }
    const host = {
      getType: () => 'rpc',
      switchToHttp: (): never => {
        throw new Error('there is no request')
      },
    }
    expect(forNest.upgrading(options, otherwise, elsewhere).catch(refused, host)).toBe('its own')
    expect(forNest.upgrading(options, otherwise).catch(refused, host)).toBeUndefined()
    expect(otherwise.catch).not.toHaveBeenCalled()
    expect(forNest.beforeHandler(options).canActivate(host)).toBe(true)
  })
})

it('Express shows lists of routes the whole path, also inside a router', async () => {
  const app = express()
  const router = express.Router()
  router.use(forExpress.beforeHandler({ ...options, exempt: ['/api/hooks/*'] }))
  router.post('/hooks/one', (_request, response) => void response.send('taken'))
  router.post('/orders', (_request, response) => void response.send('stored'))
  app.use('/api', router)
  const url = await listen(createServer(app))
  expect((await post(`${url}/api/hooks/one`)).status).toBe(200)
  expect((await post(`${url}/api/orders`)).status).toBe(503)
})

it('Express 5 hands on what an async handler rejects with', async () => {
  const app = express()
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- that is what is shown
  app.post('/', async () => fail())
  app.use(forExpress.upgrading(options))
  expect((await post(await listen(createServer(app)))).status).toBe(503)
})
