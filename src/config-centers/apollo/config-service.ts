import { createHmac } from 'node:crypto'
import type { Secret } from '../../core/secret.ts'
import type { CenterConnection } from '../shared/center-connection.ts'
import type { HttpAnswer, HttpRequest } from '../shared/http-message.ts'
import { fieldOf, parseJson, textOf } from '../shared/json-fields.ts'
import { configurationIn } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import type { ApolloNamespace } from './namespace-of.ts'
import { refusal } from './portal-answers.ts'

export interface ConfigServiceOptions {
  readonly connection: CenterConnection
  readonly app: string
  readonly cluster: string
  readonly accessKey: ((signal: AbortSignal) => Promise<Secret>) | undefined
}

/** What ordinary clients are given. */
export interface ClientConfiguration {
  readonly configuration: Configuration
  /** Several keys joined by `+` where a public namespace is merged in. */
  readonly releaseKey: string
}

/** News about a namespace. */
export interface Notification {
  readonly id: number
  /** Tells a server with a cache how new the answer must be; '' when the server said none. */
  readonly messages: string
}

/** The requests of an ordinary client, signed where the application has an access key. */
export class ConfigService {
  readonly connection: CenterConnection
  readonly #options: ConfigServiceOptions

  constructor(options: ConfigServiceOptions) {
    this.connection = options.connection
    this.#options = options
  }

  /** @param server asks exactly this one. Default: any that answers. */
  async read(
    namespace: ApolloNamespace,
    { messages = '', server }: { readonly messages?: string; readonly server?: string },
    signal: AbortSignal,
  ): Promise<ClientConfiguration | null> {
    const { app, cluster } = this.#options
    const path = `/configs/${[app, cluster, namespace.name].map(encodeURIComponent).join('/')}`
    const request = await this.#signed({ path, query: messages === '' ? {} : { messages } }, signal)
    const { connection } = this
    const answer =
      server === undefined
        ? await connection.read(request, signal)
        : await connection.readFrom(server, request, signal)
    return clientConfigurationIn(connection.name, answer, namespace)
  }

  /** Hangs until there is news that is newer than `id`, or for about a minute: undefined then. */
  async awaitNews(
    namespace: ApolloNamespace,
    id: number,
    signal: AbortSignal,
  ): Promise<Notification | undefined> {
    const { app, cluster } = this.#options
    const notifications = JSON.stringify([{ namespaceName: namespace.name, notificationId: id }])
    const query = { appId: app, cluster, notifications }
    const request = await this.#signed(
      { path: '/notifications/v2', query, deadlineMs: hangMs + 15_000 },
      signal,
    )
    const answer = await this.connection.read(request, signal)
    if (answer.status === 304) return undefined
    const news = answer.status === 200 ? notificationIn(parseJson(answer.body)) : undefined
    if (news) return news
    throw refusal(this.connection.name, answer, `tell of changes of ${namespace.name}`)
  }

  async #signed(
    request: Pick<HttpRequest, 'path' | 'deadlineMs'> & { readonly query: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<HttpRequest> {
    const { app, accessKey } = this.#options
    if (accessKey === undefined) return { method: 'GET', ...request }
    const key = await accessKey(signal)
    const timestamp = String(this.connection.clock.now().getTime())
    const query = new URLSearchParams(request.query).toString()
    const target = query === '' ? request.path : `${request.path}?${query}`
    const signature = createHmac('sha1', key.reveal()).update(`${timestamp}\n${target}`).digest('base64')
    const headers = { authorization: `Apollo ${app}:${signature}`, timestamp }
    return { method: 'GET', ...request, headers }
  }
}

/** The server lets a request hang for so long. */
const hangMs = 60_000

function clientConfigurationIn(
  center: string,
  answer: HttpAnswer,
  namespace: ApolloNamespace,
): ClientConfiguration | null {
  const body = parseJson(answer.body)
  // Its own word for "nothing is released", not the page of a proxy that knows no such path.
  if (answer.status === 404 && fieldOf(body, 'status') === 404) return null
  const configuration = configurationIn(fieldOf(body, 'configurations'))
  const releaseKey = textOf(body, 'releaseKey')
  if (answer.status !== 200 || !configuration || releaseKey === '') {
    throw refusal(center, answer, `show ${namespace.name} to services`)
  }
  return { configuration, releaseKey }
}

function notificationIn(body: unknown): Notification | undefined {
  const [first] = Array.isArray(body) ? (body as readonly unknown[]) : []
  const id = fieldOf(first, 'notificationId')
  if (typeof id !== 'number') return undefined
  const messages = fieldOf(first, 'messages')
  return { id, messages: typeof messages === 'object' && messages !== null ? JSON.stringify(messages) : '' }
}
