import { randomUUID } from 'node:crypto'
import { json, result, text } from './http-exchange.ts'
import type { NacosAnswer, NacosRequest } from './http-exchange.ts'

export interface AuthOptions {
  readonly username: string
  readonly password: string
}

const ttlSeconds = 18_000

/** Logs users in and checks tokens, with the answers each line of the real server gives. */
export class Authenticator {
  readonly #auth: AuthOptions | undefined
  readonly #modern: boolean
  readonly #tokens = new Map<string, number>()

  constructor(auth: AuthOptions | undefined, modern: boolean) {
    this.#auth = auth
    this.#modern = modern
  }

  login(request: NacosRequest): NacosAnswer {
    const username = request.fields.get('username') ?? ''
    if (this.#auth && username !== this.#auth.username) return this.#unknownUser()
    if (this.#auth && request.fields.get('password') !== this.#auth.password) return this.#wrongPassword()
    const accessToken = randomUUID()
    this.#tokens.set(accessToken, Date.now() + ttlSeconds * 1000)
    return json(200, { accessToken, tokenTtl: ttlSeconds, globalAdmin: true, username })
  }

  /** The user's name when the request may pass ('' when authentication is off), else the refusal. */
  check(request: NacosRequest): string | NacosAnswer {
    if (!this.#auth) return ''
    const bearer = request.header('authorization').replace(/^Bearer /, '')
    const token = bearer === '' ? (request.fields.get('accessToken') ?? '') : bearer
    if ((this.#tokens.get(token) ?? 0) > Date.now()) return this.#auth.username
    const username = request.fields.get('username')
    if (token !== '' || username === null) return this.#forbidden()
    const password = request.fields.get('password')
    if (username === this.#auth.username && password === this.#auth.password) return username
    return this.#modern ? text(200, '') : text(500, 'caused: User not found;')
  }

  /** Ends every session at once, as a restart with another token secret does. */
  expireTokens(): void {
    this.#tokens.clear()
  }

  #forbidden(): NacosAnswer {
    if (this.#modern) return result(403, 403, 'access denied', 'user not found!')
    return text(403, 'user not found!')
  }

  #wrongPassword(): NacosAnswer {
    return this.#modern ? text(500, 'caused: Bad credentials;') : text(403, 'user not found!')
  }

  #unknownUser(): NacosAnswer {
    return this.#modern ? this.#forbidden() : text(500, 'caused: User not found;')
  }
}
