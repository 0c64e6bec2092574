import { setMaxListeners } from 'node:events'
import { readFileSync } from 'node:fs'
import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { HttpAnswer, HttpOutcome, HttpRequest } from './http-message.ts'
import { linkSignals } from './link-signals.ts'
import type { LinkedSignal } from './link-signals.ts'
import { sendRequest } from './send-request.ts'
import type { Trust } from './send-request.ts'

/** What a login gave: headers that prove who asks. `none`: the server does not ask for a login. */
export type Authorization =
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly reason: string }

/** Proves to the servers of a center who asks. Keeps what a login gave until it is forgotten. */
export interface Authorizer {
  /** @throws CutoverError `system.unauthenticated` when the server refuses user or password. */
  authorize(base: string, trust: Trust, signal: AbortSignal): Promise<Authorization>
  /** False: asking again would give the same. */
  forget(): boolean
}

export interface CenterConnectionOptions {
  /** How messages name the center. */
  readonly name: string
  /** `http://host:8848`; without a scheme http is meant. */
  readonly servers: readonly string[]
  /** Default: none. */
  readonly contextPath?: string | undefined
  /** File with certificates (PEM) of the authorities to trust instead of the system's. */
  readonly caFile?: string | undefined
  readonly authorizer?: Authorizer | undefined
  readonly clock: Clock
  /** Default: HTTP 401 and 403. */
  readonly isDenied?: (answer: HttpAnswer) => boolean
}

/** Sends requests to the servers of one center: failover, login, and a refused right as an error. */
export class CenterConnection implements AsyncDisposable {
  readonly name: string
  readonly clock: Clock
  /** Addresses with the context path. */
  readonly servers: readonly string[]
  readonly #authorizer: Authorizer | undefined
  readonly #isDenied: (answer: HttpAnswer) => boolean
  readonly #trust: Trust
  readonly #closed = new AbortController()
  readonly #pending = new Set<Promise<unknown>>()
  #preferred = 0

  constructor(options: CenterConnectionOptions) {
    // Every request listens to it while it is under way; more than ten at once are no leak.
    setMaxListeners(0, this.#closed.signal)
    this.name = options.name
    this.clock = options.clock
    this.servers = options.servers.map((server) => baseOf(server, options.contextPath ?? ''))
    this.#authorizer = options.authorizer
    this.#isDenied = options.isDenied ?? (({ status }) => status === 401 || status === 403)
    this.#trust = options.caFile === undefined ? {} : { ca: readAuthorities(options.name, options.caFile) }
    // Each request under way listens to it; there may be any number of them.
    setMaxListeners(0, this.#closed.signal)
  }

  /**
   * Sends a request that changes nothing: any server may answer, and the next is asked when one does not.
   * @throws CutoverError `system.unreachable` when none answered.
   */
  async read(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const failures: string[] = []
    for (const index of this.#order()) {
      const server = this.servers[index] ?? ''
      const outcome = await this.#attempt(server, request, signal)
      if (outcome.kind === 'answered' && !isGatewayError(outcome.answer)) {
        this.#preferred = index
        return outcome.answer
      }
      failures.push(`${server} (${reasonOf(outcome)})`)
    }
    throw this.unreachable(failures)
  }

  /** Sends a request that changes something: another server only when nothing was sent to the one before. */
  async write(request: HttpRequest, signal: AbortSignal): Promise<HttpOutcome> {
    const failures: string[] = []
    for (const index of this.#order()) {
      const server = this.servers[index] ?? ''
      const outcome = await this.#attempt(server, request, signal)
      if (outcome.kind !== 'never-sent') {
        this.#preferred = index
        return outcome
      }
      failures.push(`${server} (${outcome.reason})`)
    }
    return { kind: 'never-sent', reason: failures.join(', ') }
  }

  /** Asks exactly this server. @throws CutoverError `system.unreachable`. */
  async readFrom(server: string, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const outcome = await this.#attempt(server, request, signal)
    if (outcome.kind === 'answered' && !isGatewayError(outcome.answer)) return outcome.answer
    throw this.unreachable([`${server} (${reasonOf(outcome)})`])
  }

  unreachable(failures: readonly string[]): CutoverError {
    return new CutoverError('system.unreachable', `${this.name} did not answer: ${failures.join(', ')}`, {
      where: this.servers.join(', '),
      hint: 'Check that the config center is up and reachable from here, then try again.',
    })
  }

  /** A signal that fires with the given one and when the connection is closed. */
  untilClosed(signal: AbortSignal): LinkedSignal {
    return linkSignals(signal, this.#closed.signal)
  }

  /** Resolves when no request is under way any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new CutoverError('interrupted', `${this.name} was closed`))
    await Promise.allSettled(this.#pending)
  }

  /** The server that answered last comes first. */
  #order(): number[] {
    return this.servers.map((_, position) => (this.#preferred + position) % this.servers.length)
  }

  async #attempt(server: string, request: HttpRequest, signal: AbortSignal): Promise<HttpOutcome> {
    const both = this.untilClosed(signal)
    const work = this.#send(server, request, both.signal)
    this.#pending.add(work)
    try {
      return await work
    } finally {
      this.#pending.delete(work)
      both.unlink()
    }
  }

  async #send(server: string, request: HttpRequest, signal: AbortSignal): Promise<HttpOutcome> {
    const first = await this.#sendAuthorized(server, request, signal)
    if (!this.#denies(first) || this.#authorizer?.forget() !== true) return this.#permitted(server, first)
    // A refusal stands for an expired token as well as for a missing right: one fresh login tells them apart.
    return this.#permitted(server, await this.#sendAuthorized(server, request, signal))
  }

  async #sendAuthorized(server: string, request: HttpRequest, signal: AbortSignal): Promise<HttpOutcome> {
    const authorization = (await this.#authorizer?.authorize(server, this.#trust, signal)) ?? { kind: 'none' }
    if (authorization.kind === 'failed')
      return { kind: 'never-sent', reason: `login: ${authorization.reason}` }
    const proof = authorization.kind === 'headers' ? authorization.headers : {}
    const headers = { ...request.headers, ...proof }
    return sendRequest(server, { ...request, headers }, this.clock, signal, this.#trust)
  }

  #denies(outcome: HttpOutcome): boolean {
    return outcome.kind === 'answered' && this.#isDenied(outcome.answer)
  }

  #permitted(server: string, outcome: HttpOutcome): HttpOutcome {
    if (!this.#denies(outcome)) return outcome
    if (this.#authorizer) {
      const message = `${this.name} at ${server} denies this to the user it knows`
      const hint = 'Give the user the right to read and write these documents, then try again.'
      throw new CutoverError('system.forbidden', message, { where: server, hint })
    }
    throw new CutoverError('system.unauthenticated', `${this.name} at ${server} asks for a user`, {
      where: server,
      hint: 'Set username and password, or the token, of this config center.',
    })
  }
}

function readAuthorities(center: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new CutoverError('usage', `the certificates of ${center} cannot be read from ${file} (${code})`, {
      where: file,
      hint: 'Name a file with the certificates (PEM) of the authorities to trust.',
    })
  }
}

function baseOf(server: string, contextPath: string): string {
  const withScheme = /^https?:\/\//.test(server) ? server : `http://${server}`
  const address = URL.canParse(withScheme) ? new URL(withScheme) : undefined
  if (!address || address.username !== '' || address.password !== '' || address.search !== '') {
    // The text is not repeated: it may hold a password.
    throw new CutoverError('usage', 'an address of the config center is not of the form http://host:port')
  }
  const path = contextPath.replace(/^\/*/, '/').replace(/\/+$/, '')
  return `${address.origin}${path}`
}

function isGatewayError({ status }: HttpAnswer): boolean {
  return status === 502 || status === 503 || status === 504
}

function reasonOf(outcome: HttpOutcome): string {
  return outcome.kind === 'answered' ? `HTTP ${outcome.answer.status}` : outcome.reason
}
