import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import 'reflect-metadata'
import { All, Controller, Req, Res } from '@nestjs/common'
import type { DynamicModule, INestApplication } from '@nestjs/common'
import { BaseExceptionFilter, HttpAdapterHost, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import fastify4 from 'fastify4'
import { Hono } from 'hono'
import Koa from 'koa'
import * as forExpress from '../../src/service/express.ts'
import * as forFastify from '../../src/service/fastify.ts'
import * as forHono from '../../src/service/hono.ts'
import * as forHttp from '../../src/service/http.ts'
import * as forKoa from '../../src/service/koa.ts'
import * as forNest from '../../src/service/nestjs.ts'

/** What a handler of the service under test may do, whatever the framework. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly header: (name: string, value: string) => void
  /** What the client has sent, a JSON text. */
  body(): Promise<string>
  /** Sends the head and the first bytes of an answer; undefined where a handler cannot. */
  readonly begin?: (text: string) => void
}

/** A small service: one handler behind every path, the middleware around it, its own answer to other errors. */
export interface ServiceParts {
  readonly errors: forHttp.UpgradingOptions
  /** Undefined: nothing stands before the handler. */
  readonly before: forHttp.BeforeHandlerOptions | undefined
  /** Returns what is answered as JSON. */
  handle(exchange: Exchange): unknown
  /** Gets each error the middleware has passed on. The service then answers 500 `its own error`. */
  passedOn(error: unknown): void
}

export interface RunningService extends AsyncDisposable {
  readonly url: string
}

export type StartService = (parts: ServiceParts) => Promise<RunningService>

const ownError = 'its own error'

async function listen(server: Server): Promise<RunningService> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return running(server)
}

function running(server: Server, close?: () => Promise<unknown>): RunningService {
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      if (close === undefined) server.close()
      else await close()
    },
  }
}

function nodeExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    header: (name, value) => void response.setHeader(name, value),
    body: () => text(request),
    begin: (begun) => void response.write(begun),
  }
}

export const startExpress5: StartService = (parts) => startExpress(express, parts)
export const startExpress4: StartService = (parts) =>
  startExpress(express4 as unknown as typeof express, parts)

function startExpress(framework: typeof express, parts: ServiceParts): Promise<RunningService> {
  const app = framework()
  if (parts.before !== undefined) app.use(forExpress.beforeHandler(parts.before))
  app.use((request, response, next) => {
    // As a service on Express 4 has to: it knows nothing of promises.
    Promise.resolve(request)
      .then(() => parts.handle(nodeExchange(request, response)))
      .then((body) => response.json(body), next)
  })
  app.use(forExpress.upgrading(parts.errors))
  const last: express.ErrorRequestHandler = (error, _request, response, next) => {
    parts.passedOn(error)
    if (response.headersSent) next(error)
    else response.status(500).send(ownError)
  }
  app.use(last)
  return listen(createServer(app))
}

export const startPlainHttp: StartService = (parts) => {
  const answered = forHttp.upgrading(parts.errors)
  const mayPass = forHttp.beforeHandler(parts.before ?? { notices: { window: () => undefined } })
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      if (!(await mayPass(request, response))) return
      const body = JSON.stringify(await parts.handle(nodeExchange(request, response)))
      response.setHeader('Content-Type', 'application/json').end(body)
    } catch (error) {
      if (answered(error, request, response)) return
      parts.passedOn(error)
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end(ownError)
    }
  }
  return listen(createServer((request, response) => void serve(request, response)))
}

export const startKoa: StartService = (parts) => {
  const app = new Koa()
  app.silent = true
  app.use(async (context, next) => {
    try {
      await next()
    } catch (error) {
      parts.passedOn(error)
      if (context.headerSent) return void context.res.destroy()
      context.status = 500
      context.body = ownError
    }
  })
  app.use(forKoa.upgrading(parts.errors))
  if (parts.before !== undefined) app.use(forKoa.beforeHandler(parts.before))
  app.use(async (context) => {
    context.body = (await parts.handle({
      method: context.method,
      path: context.path,
      header: (name, value) => context.set(name, value),
      body: () => text(context.req),
      begin: (begun) => void context.res.write(begun),
    })) as object
  })
  const serve = app.callback()
  return listen(createServer((request, response) => void serve(request, response)))
}

export const startFastify5: StartService = (parts) => startFastify(fastify, parts)
export const startFastify4: StartService = (parts) =>
  startFastify(fastify4 as unknown as typeof fastify, parts)

async function startFastify(framework: typeof fastify, parts: ServiceParts): Promise<RunningService> {
  const app = framework()
  app.setErrorHandler(
    forFastify.upgrading(parts.errors, (error, _request, reply) => {
      parts.passedOn(error)
      if (reply.raw.headersSent) (reply.raw as ServerResponse).destroy()
      else reply.code(500).send(ownError)
    }),
  )
  if (parts.before !== undefined) app.addHook('onRequest', forFastify.beforeHandler(parts.before))
  app.all('*', (request, reply) =>
    parts.handle({
      method: request.method,
      path: request.url,
      header: (name, value) => void reply.header(name, value),
      body: async () => JSON.stringify(request.body),
      begin: (begun) => void reply.raw.write(begun),
    }),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  return running(app.server, () => app.close())
}

export const startHono: StartService = (parts) => {
  const app = new Hono()
  app.onError(
    forHono.upgrading(parts.errors, (error, context) => {
      parts.passedOn(error)
      return context.text(ownError, 500)
    }),
  )
  if (parts.before !== undefined) app.use(forHono.beforeHandler(parts.before))
  app.all('*', async (context) => {
    const { method, path } = context.req
    const header = (name: string, value: string): void => context.header(name, value)
    const body = (): Promise<string> => context.req.text()
    return context.json((await parts.handle({ method, path, header, body })) as object)
  })
  return listen(createServer((request, response) => void serveFetch(app.fetch, request, response)))
}

/** What adapters of Hono for Node do, without their caches: a Request with a signal in, a Response out. */
export async function serveFetch(
  fetch: (request: Request) => Response | Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  const method = incoming.method ?? 'GET'
  const body = method === 'GET' || method === 'HEAD' ? null : Readable.toWeb(incoming)
  const request = new Request(new URL(incoming.url ?? '/', 'http://127.0.0.1'), {
    method,
    headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    signal: gone.signal,
    ...(body !== null && { body, duplex: 'half' }),
  })
  const response = await fetch(request)
  if (outgoing.destroyed) return
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value)
  outgoing.end(Buffer.from(await response.arrayBuffer()))
}

export const startNestOnExpress: StartService = (parts) =>
  startNest(parts, (module) => NestFactory.create(module, new ExpressAdapter(), { logger: false }))
export const startNestOnFastify: StartService = (parts) =>
  startNest(parts, (module) => NestFactory.create(module, new FastifyAdapter(), { logger: false }))

async function startNest(
  parts: ServiceParts,
  create: (module: DynamicModule) => Promise<INestApplication>,
): Promise<RunningService> {
  const app = await create(moduleOf(parts))
  const { httpAdapter } = app.get(HttpAdapterHost)
  class Last extends BaseExceptionFilter {
    override catch(...[error, host]: Parameters<BaseExceptionFilter['catch']>): void {
      parts.passedOn(error)
      const response = host.getArgByIndex<object>(1)
      if (!httpAdapter.isHeadersSent(response)) httpAdapter.reply(response, ownError, 500)
      else ('raw' in response ? (response.raw as ServerResponse) : (response as ServerResponse)).destroy()
    }
  }
  app.useGlobalFilters(forNest.upgrading(parts.errors, new Last(httpAdapter)))
  if (parts.before !== undefined) app.useGlobalGuards(forNest.beforeHandler(parts.before))
  await app.listen(0, '127.0.0.1')
  return running(app.getHttpServer() as Server, () => app.close())
}

interface NestReply {
  readonly raw?: ServerResponse
  hijack?(): void
  header(name: string, value: string): void
}

// Decorators called as the functions they are: the syntax would need a compiler option of its own.
function moduleOf(parts: ServiceParts): DynamicModule {
  class Everything {
    async serve(request: IncomingMessage & { body: unknown }, response: NestReply): Promise<unknown> {
      return parts.handle({
        method: request.method ?? '',
        path: request.url ?? '',
        header: (name, value) => response.header(name, value),
        body: async () => JSON.stringify(request.body),
        begin(begun) {
          response.hijack?.()
          ;(response.raw ?? (response as unknown as ServerResponse)).write(begun)
        },
      })
    }
  }
  Controller()(Everything)
  const descriptor = Object.getOwnPropertyDescriptor(Everything.prototype, 'serve') as PropertyDescriptor
  All(['orders', 'health', 'hooks/payment', 'reports/build'])(Everything.prototype, 'serve', descriptor)
  Req()(Everything.prototype, 'serve', 0)
  Res({ passthrough: true })(Everything.prototype, 'serve', 1)
  return { module: Everything, controllers: [Everything] }
}
