import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Fate } from '../start-nacos-server.ts'
import { ApolloRefusal } from './apollo-refusal.ts'

/** One request as the routes see it. */
export interface ApolloRequest {
  readonly method: string
  /** Decoded parts of the path. */
  readonly parts: readonly string[]
  /** Path and query as they came, for signatures. */
  readonly target: string
  readonly query: URLSearchParams
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown
  readonly headers: IncomingMessage['headers']
}

export interface ApolloAnswer {
  readonly status: number
  /** Sent as JSON; undefined: an empty body. */
  readonly json?: unknown
}

export type Answering = (request: ApolloRequest) => ApolloAnswer | Promise<ApolloAnswer>
export type ApolloFault = (request: { readonly method: string; readonly path: string }) => Fate

/** One listener of the stand-in, with a fate for every request. */
export class ApolloListener {
  port = 0
  /** Methods and paths that arrived. */
  readonly requests: string[] = []
  fault: ApolloFault | undefined
  readonly #answering: Answering
  #http: Server | undefined

  constructor(answering: Answering) {
    this.#answering = answering
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async listen(): Promise<void> {
    if (this.#http) return
    const http = createServer((message, response) => {
      this.#serve(message, response).catch(() => response.destroy())
    })
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject)
      http.listen(this.port, '127.0.0.1', resolve)
    })
    this.port = (http.address() as AddressInfo).port
    this.#http = http
  }

  async stop(): Promise<void> {
    const http = this.#http
    this.#http = undefined
    if (!http) return
    const closed = new Promise<void>((resolve) => {
      http.close(() => resolve())
    })
    http.closeAllConnections()
    await closed
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message)
    const path = request.target.split('?')[0] ?? ''
    this.requests.push(`${request.method} ${path}`)
    const fate = this.fault?.({ method: request.method, path }) ?? 'serve'
    if (fate === 'hang') return
    if (fate === 'lose-request') {
      response.destroy()
      return
    }
    const answer = await this.#answer(request)
    if (fate === 'keep-answer') return
    if (fate === 'lose-answer') response.destroy()
    else write(response, answer)
  }

  async #answer(request: ApolloRequest): Promise<ApolloAnswer> {
    try {
      return await this.#answering(request)
    } catch (error) {
      if (!(error instanceof ApolloRefusal)) throw error
      const { status, message } = error
      const exception = 'com.ctrip.framework.apollo.common.exception.BadRequestException'
      return { status, json: { status, message, timestamp: new Date().toISOString(), exception } }
    }
  }
}

async function readRequest(message: IncomingMessage): Promise<ApolloRequest> {
  const target = message.url ?? '/'
  const url = new URL(target, 'http://apollo')
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(Buffer.from(chunk))
  const text = Buffer.concat(chunks).toString('utf8')
  return {
    method: message.method ?? 'GET',
    parts: url.pathname.split('/').slice(1).map(decodeURIComponent),
    target,
    query: url.searchParams,
    body: text === '' ? undefined : JSON.parse(text),
    headers: message.headers,
  }
}

function write(response: ServerResponse, { status, json }: ApolloAnswer): void {
  response.writeHead(status, { 'Content-Type': 'application/json;charset=UTF-8' })
  response.end(json === undefined ? undefined : JSON.stringify(json))
}
