import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { silentLog } from '../../core/ports/log.ts'
import type { Log } from '../../core/ports/log.ts'
import { Authenticator } from './authenticator.ts'
import type { AuthOptions } from './authenticator.ts'
import { DocumentStore } from './document-store.ts'
import { notFound, readRequest, writeAnswer } from './http-exchange.ts'
import type { NacosAnswer, NacosRequest } from './http-exchange.ts'
import { LongPolls } from './long-poll.ts'
import { Registry, registryRoutesV1, registryRoutesV3 } from './registry.ts'
import { loginRoutesV1, routesV1 } from './routes-v1.ts'
import { routesV3 } from './routes-v3.ts'
import type { Backend, NacosFlavour, Routes } from './routes.ts'
import { loadImage, saveImage } from './store-file.ts'

export interface NacosServerOptions {
  /** Which line of servers to answer like. */
  readonly flavour: NacosFlavour
  /** Absent: no authentication. */
  readonly auth?: AuthOptions | undefined
  /** Time until ordinary clients read what was published; default 60, what real servers need. */
  readonly publishDelayMs?: number
  /** Namespaces beside the public one. */
  readonly namespaces?: readonly string[]
  /** Default 0: any free port. */
  readonly port?: number
  /** Keeps the documents in this file across restarts. Default: memory only. */
  readonly file?: string
  readonly log?: Log
}

/**
 * What becomes of a request, for fault tests. `hang` and `lose-request` do nothing; `lose-answer` does it and cuts the
 * connection, `keep-answer` does it and leaves the client waiting until it gives up.
 */
export type Fate = 'serve' | 'lose-request' | 'lose-answer' | 'keep-answer' | 'hang'

export interface RunningNacos extends AsyncDisposable {
  /** `http://127.0.0.1:port`, without the context path. */
  readonly url: string
  readonly port: number
  readonly documents: DocumentStore
  /** Instances of services that are registered in it. */
  readonly registry: Registry
  /** Requests that arrived so far. */
  readonly requests: number
  /** True: connections are refused and open ones are cut. False: back on the same port. */
  setDown(down: boolean): Promise<void>
  /** Decides the fate of every request from now on; undefined: all are served. */
  setFault(fault: ((request: { method: string; path: string }) => Fate) | undefined): void
  expireTokens(): void
}

const contextPath = '/nacos'

/** Starts a server on 127.0.0.1 that speaks Nacos' HTTP protocol as measured on real ones, oddities included. */
export async function startNacosServer(options: NacosServerOptions): Promise<RunningNacos> {
  const server = new EmbeddedNacos(options)
  await server.listen(options.port ?? 0)
  return server
}

class EmbeddedNacos implements RunningNacos {
  readonly documents: DocumentStore
  readonly registry = new Registry()
  requests = 0
  port = 0
  readonly #backend: Backend
  readonly #routes: Routes
  readonly #log: Log
  #http: Server | undefined
  #fault: ((request: { method: string; path: string }) => Fate) | undefined

  constructor(options: NacosServerOptions) {
    const { flavour, file } = options
    this.#log = options.log ?? silentLog
    this.documents = new DocumentStore(
      options.publishDelayMs ?? 60,
      file === undefined ? undefined : loadImage(file),
      (image) => file !== undefined && saveImage(file, image),
    )
    const keyOf = (tenant: string, group: string, dataId: string) => ({
      // On 2.x the public namespace is '' and "public" is just another one; 3.x knows only "public".
      tenant: flavour !== '2.5' && tenant === '' ? 'public' : tenant,
      group,
      dataId,
    })
    this.#backend = {
      flavour,
      store: this.documents,
      polls: new LongPolls(this.documents, keyOf),
      auth: new Authenticator(options.auth, flavour !== '2.5'),
      registry: this.registry,
      namespaces: options.namespaces ?? [],
      keyOf,
    }
    this.#routes = routesOf(flavour)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async listen(port: number): Promise<void> {
    const http = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        this.#log.warn({ reason: String(error) }, 'config center: request failed')
        response.destroy()
      })
    })
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject)
      http.listen(port, '127.0.0.1', resolve)
    })
    this.port = (http.address() as AddressInfo).port
    this.#http = http
  }

  async setDown(down: boolean): Promise<void> {
    if (!down && this.#http === undefined) await this.listen(this.port)
    if (down) await this.#stopListening()
  }

  setFault(fault: ((request: { method: string; path: string }) => Fate) | undefined): void {
    this.#fault = fault
  }

  expireTokens(): void {
    this.#backend.auth.expireTokens()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopListening()
    this.documents.close()
  }

  async #stopListening(): Promise<void> {
    const http = this.#http
    this.#http = undefined
    this.#backend.polls.close()
    if (!http) return
    const closed = new Promise<void>((resolve) => {
      http.close(() => resolve())
    })
    http.closeAllConnections()
    await closed
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1
    const request = await readRequest(message, contextPath)
    const fate = this.#fault?.(request) ?? 'serve'
    if (fate === 'hang') return
    if (fate === 'lose-request') {
      response.destroy()
      return
    }
    const answer = await this.#answer(request)
    this.#log.debug({ method: request.method, path: request.path, status: answer.status }, 'config center')
    if (fate === 'keep-answer') return
    if (fate === 'lose-answer') response.destroy()
    else writeAnswer(response, answer)
  }

  async #answer(request: NacosRequest): Promise<NacosAnswer> {
    const route = this.#routes[`${request.method} ${request.path}`]
    if (!route) return notFound(`${contextPath}${request.path}`)
    if (route.open === true) return route.answer(request, this.#backend)
    const user = this.#backend.auth.check(request)
    if (typeof user !== 'string') return user
    return route.answer({ ...request, user }, this.#backend)
  }
}

function routesOf(flavour: NacosFlavour): Routes {
  if (flavour === '2.5') return { ...routesV1, ...registryRoutesV1, ...loginRoutesV1 }
  if (flavour === '3.2') return { ...routesV3, ...registryRoutesV3, ...loginRoutesV1 }
  const {
    'GET /v1/console/server/state': _state,
    'GET /v1/console/health/readiness': _readiness,
    'GET /v1/console/namespaces': _list,
    ...clients
  } = routesV1
  return { ...routesV3, ...clients, ...registryRoutesV1, ...registryRoutesV3, ...loginRoutesV1 }
}
