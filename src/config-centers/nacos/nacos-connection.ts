import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { linkSignals } from './link-signals.ts'
import type { LinkedSignal } from './link-signals.ts'
import { Login } from './login.ts'
import type { Credentials } from './login.ts'
import { sendRequest } from './send-request.ts'
import type { HttpAnswer, HttpOutcome, HttpRequest } from './send-request.ts'

export interface ConnectionOptions {
  /** How messages name the center. */
  readonly name: string
  /** `http://host:8848`; without a scheme http is meant. */
  readonly servers: readonly string[]
  readonly contextPath: string
  /** Namespace id; '' and `public`: the public one. */
  readonly namespace: string
  readonly credentials: Credentials | undefined
  readonly clock: Clock
}

/** Sends requests to the servers of one center: failover, login, and a refused right as an error. */
export class NacosConnection implements AsyncDisposable {
  readonly name: string
  readonly clock: Clock
  readonly namespace: string
  /** Addresses with the context path. */
  readonly servers: readonly string[]
  readonly #login: Login | undefined
  readonly #closed = new AbortController()
  readonly #pending = new Set<Promise<unknown>>()
  #preferred = 0

  constructor(options: ConnectionOptions) {
    this.name = options.name
    this.clock = options.clock
    this.namespace = options.namespace
    this.servers = options.servers.map((server) => baseOf(server, options.contextPath))
    const { credentials } = options
    this.#login = credentials && new Login(this.name, credentials, this.clock)
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
    const first = await this.#sendWithToken(server, request, signal)
    if (!isDenied(first) || !this.#login) return this.#permitted(server, first)
    // 403 stands for an expired token as well as for a missing right: one fresh login tells them apart.
    this.#login.forget()
    return this.#permitted(server, await this.#sendWithToken(server, request, signal))
  }

  async #sendWithToken(server: string, request: HttpRequest, signal: AbortSignal): Promise<HttpOutcome> {
    if (!this.#login) return sendRequest(server, request, this.clock, signal)
    const login = await this.#login.token(server, signal)
    if (login.kind === 'failed') return { kind: 'never-sent', reason: `login: ${login.reason}` }
    if (login.kind === 'no-login') return sendRequest(server, request, this.clock, signal)
    const headers = { ...request.headers, authorization: `Bearer ${login.token}` }
    return sendRequest(server, { ...request, headers }, this.clock, signal)
  }

  #permitted(server: string, outcome: HttpOutcome): HttpOutcome {
    if (!isDenied(outcome)) return outcome
    if (this.#login) {
      throw new CutoverError(
        'system.forbidden',
        `${this.name} at ${server} denies this to the user it knows`,
        {
          where: server,
          hint: 'Give the user read and write permission on the namespace, then try again.',
        },
      )
    }
    throw new CutoverError('system.unauthenticated', `${this.name} at ${server} asks for a user`, {
      where: server,
      hint: 'Set username and password of this config center.',
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

function isDenied(outcome: HttpOutcome): boolean {
  return outcome.kind === 'answered' && (outcome.answer.status === 401 || outcome.answer.status === 403)
}

function isGatewayError({ status }: HttpAnswer): boolean {
  return status === 502 || status === 503 || status === 504
}

function reasonOf(outcome: HttpOutcome): string {
  return outcome.kind === 'answered' ? `HTTP ${outcome.answer.status}` : outcome.reason
}
