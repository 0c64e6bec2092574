import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { fieldOf, parseJson } from '../shared/json-fields.ts'
import type { Authorization, Authorizer } from '../shared/center-connection.ts'
import type { Credentials } from '../shared/credentials.ts'
import { sendRequest } from '../shared/send-request.ts'
import type { Trust } from '../shared/send-request.ts'

// 3.x knows both; a 2.x server answers 404 to the first.
const loginPaths = ['/v3/auth/user/login', '/v1/auth/users/login'] as const

// 2.3 answers a wrong password with the status 0, which no HTTP client can read.
const statusZero = 'HPE_INVALID_STATUS'

/** Keeps one token for all servers of the center and renews it before it ends. */
export class Login implements Authorizer {
  readonly #center: string
  readonly #credentials: Credentials
  readonly #clock: Clock
  #token: { readonly value: string; readonly renewAtMs: number } | undefined
  #serverHasNone = false

  constructor(center: string, credentials: Credentials, clock: Clock) {
    this.#center = center
    this.#credentials = credentials
    this.#clock = clock
  }

  /** @throws CutoverError `system.unauthenticated` when the server refuses user or password. */
  async authorize(base: string, trust: Trust, signal: AbortSignal): Promise<Authorization> {
    if (this.#serverHasNone) return { kind: 'none' }
    if (this.#token && this.#clock.monotonicMs() < this.#token.renewAtMs) return bearer(this.#token.value)
    return this.#logIn(base, trust, signal)
  }

  forget(): boolean {
    this.#token = undefined
    this.#serverHasNone = false
    return true
  }

  async #logIn(base: string, trust: Trust, signal: AbortSignal): Promise<Authorization> {
    const { username } = this.#credentials
    const password = await this.#credentials.password(signal)
    for (const path of loginPaths) {
      const form = { username, password: password.reveal() }
      const outcome = await sendRequest(base, { method: 'POST', path, form }, this.#clock, signal, trust)
      if (outcome.kind !== 'answered' && outcome.reason === statusZero) throw this.#refused(base, 0)
      if (outcome.kind !== 'answered') return { kind: 'failed', reason: outcome.reason }
      const { status, body } = outcome.answer
      if (status === 404 || status === 410) continue
      if (status === 502 || status === 503 || status === 504) {
        return { kind: 'failed', reason: `login answered HTTP ${status}` }
      }
      return bearer(this.#accept(base, status, body))
    }
    this.#serverHasNone = true
    return { kind: 'none' }
  }

  #accept(base: string, status: number, body: string): string {
    const answer = parseJson(body)
    const token = fieldOf(answer, 'accessToken')
    // A wrong password is 500 on 3.1 and 403 on 2.x, an unknown user the other way round: no token decides.
    if (status !== 200 || typeof token !== 'string' || token === '') throw this.#refused(base, status)
    const ttl = fieldOf(answer, 'tokenTtl')
    const seconds = typeof ttl === 'number' && ttl > 0 ? ttl : 300
    this.#token = { value: token, renewAtMs: this.#clock.monotonicMs() + seconds * 800 }
    return token
  }

  #refused(base: string, status: number): CutoverError {
    const { username, passwordName } = this.#credentials
    return new CutoverError(
      'system.unauthenticated',
      `${this.#center} at ${base} refused the login of user ${username} with the password ${passwordName} (HTTP ${status})`,
      { where: base, hint: `Check the user name and the value behind ${passwordName}, then try again.` },
    )
  }
}

function bearer(token: string): Authorization {
  return { kind: 'headers', headers: { authorization: `Bearer ${token}` } }
}
