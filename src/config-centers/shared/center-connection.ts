import { setMaxListeners } from 'node:events'
import { readFileSync } from 'node:fs'
import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { HttpAnswer, HttpOutcome, HttpRequest } from './http-message.ts'
import { firstAnswer } from './first-answer.ts'
import { linkSignals } from './link-signals.ts'
import type { LinkedSignal } from './link-signals.ts'
import { distrustWords, sendRequest } from './send-request.ts'
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

/** How long a server may be silent before another one is asked besides. */
const patienceMs = 1000

/** What came of asking one server. */
interface Reply {
  readonly index: number
  readonly answer: HttpAnswer | undefined
  /** Who did not answer, and why. */
  readonly failure: string
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
    // Each request under way listens to it.
    setMaxListeners(0, this.#closed.signal)
    this.#trust = options.caFile === undefined ? {} : { ca: readAuthorities(options.name, options.caFile) }
    // Each request under way listens to it; there may be any number of them.
    setMaxListeners(0, this.#closed.signal)
  }

  /**
   * Sends a request that changes nothing: any server may answer. The next is asked when one does not, and besides one
   * that has been silent for a second, unless the request is one that takes long by its nature (it brings a deadline
   * of its own, or its answer has no end).
   * @throws CutoverError `system.unreachable` when none answered.
   */
  async read(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const attempts = this.#order().map((index) => async (each: AbortSignal): Promise<Reply> => {
      const server = this.servers[index] ?? ''
      const outcome = await this.#attempt(server, request, each)
      return { index, answer: answerIn(outcome), failure: `${server} (${reasonOf(outcome)})` }
    })
    const takesLong = request.deadlineMs !== undefined || request.lines !== undefined
    const isAnswer = ({ answer }: Reply): boolean => answer !== undefined
    const asking = { attempts, isAnswer, clock: this.clock, patienceMs: takesLong ? Infinity : patienceMs }
    const { answer: reply, failures } = await firstAnswer<Reply>(asking, signal)
    if (!reply?.answer) throw this.unreachable(failures.map(({ failure }) => failure))
    this.#preferred = reply.index
    return reply.answer
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
    const answer = answerIn(outcome)
    if (answer) return answer
    throw this.unreachable([`${server} (${reasonOf(outcome)})`])
  }

  unreachable(failures: readonly string[]): CutoverError {
    const distrusted = failures.some((failure) => failure.includes(distrustWords))
    return new CutoverError('system.unreachable', `${this.name} did not answer: ${failures.join(', ')}`, {
      where: this.servers.join(', '),
      hint: distrusted
        ? 'Name the file with the authority of the certificate as ca, and the server as its certificate does.'
        : 'Check that the config center is up and reachable from here, then try again.',
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
  let code = 'it holds no certificate'
  try {
    const text = readFileSync(file, 'utf8')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  } catch (error) {
    code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
  }
  throw new CutoverError('usage', `the certificates of ${center} cannot be read from ${file} (${code})`, {
    where: file,
    hint: 'Name a file with the certificates (PEM) of the authorities to trust.',
  })
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

/** The answer of the center itself, not of a gateway that stands before it. */
function answerIn(outcome: HttpOutcome): HttpAnswer | undefined {
  if (outcome.kind !== 'answered') return undefined
  return [502, 503, 504].includes(outcome.answer.status) ? undefined : outcome.answer
}

function reasonOf(outcome: HttpOutcome): string {
  return outcome.kind === 'answered' ? `HTTP ${outcome.answer.status}` : outcome.reason
}
