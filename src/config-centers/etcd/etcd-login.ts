import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Authorization, Authorizer } from '../shared/center-connection.ts'
import type { Credentials } from '../shared/credentials.ts'
import type { HttpAnswer } from '../shared/http-message.ts'
import { parseJson, textOf } from '../shared/json-fields.ts'
import { sendRequest } from '../shared/send-request.ts'
import type { Trust } from '../shared/send-request.ts'
import { codeOf, refusal } from './answers.ts'

/** gRPC status numbers. */
const invalidArgument = 3
const failedPrecondition = 9

/**
 * Keeps one token for all members. etcd does not say how long a token is good for; one that has ended, or that a
 * member does not know after its restart, is refused, and the connection then asks for another.
 */
export class EtcdLogin implements Authorizer {
  readonly #center: string
  readonly #credentials: Credentials
  readonly #clock: Clock
  #known: Authorization | undefined

  constructor(center: string, credentials: Credentials, clock: Clock) {
    this.#center = center
    this.#credentials = credentials
    this.#clock = clock
  }

  /** @throws CutoverError `system.unauthenticated` when etcd refuses user or password. */
  async authorize(base: string, trust: Trust, signal: AbortSignal): Promise<Authorization> {
    if (this.#known) return this.#known
    const password = await this.#credentials.password(signal)
    const json = { name: this.#credentials.username, password: password.reveal() }
    const request = { method: 'POST', path: '/v3/auth/authenticate', json } as const
    const outcome = await sendRequest(base, request, this.#clock, signal, trust)
    if (outcome.kind !== 'answered') return { kind: 'failed', reason: outcome.reason }
    const authorization = this.#read(outcome.answer)
    if (authorization.kind !== 'failed') this.#known = authorization
    return authorization
  }

  forget(): boolean {
    this.#known = undefined
    return true
  }

  #read(answer: HttpAnswer): Authorization {
    const { server, status, body } = answer
    const token = textOf(parseJson(body), 'token')
    if (status === 200 && token !== '') return { kind: 'headers', headers: { authorization: token } }
    const code = codeOf(answer)
    // Authentication is not enabled: nobody needs to log in.
    if (code === failedPrecondition) return { kind: 'none' }
    if (status === 404) throw refusal(answer, 'log in')
    if (code !== invalidArgument) return { kind: 'failed', reason: `HTTP ${status}` }
    const { username, passwordName } = this.#credentials
    throw new CutoverError(
      'system.unauthenticated',
      `${this.#center} at ${server} refused the login of user ${username} with the password ${passwordName}`,
      { where: server, hint: `Check the user name and the value behind ${passwordName}, then try again.` },
    )
  }
}
