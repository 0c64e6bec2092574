import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { CenterConnection } from '../shared/center-connection.ts'
import type { HttpOutcome, HttpRequest } from '../shared/http-message.ts'
import { fieldOf, parseJson, textOf } from '../shared/json-fields.ts'
import type { WriteOutcome } from '../shared/write-outcomes.ts'
import type { ApolloNamespace } from './namespace-of.ts'
import { bodyOf, isMissing, itemPageIn, outcomeOf, refusal, releaseIn } from './portal-answers.ts'
import type { Item, Items, Release } from './portal-answers.ts'

export interface PortalPlace {
  readonly env: string
  readonly app: string
  readonly cluster: string
  /** User in whose name changes are made. */
  readonly operator: string
}

/** What became of a release; `release` is what the portal says that it published. */
export interface ReleaseOutcome {
  readonly outcome: WriteOutcome
  readonly release?: Release | undefined
}

const itemsPerPage = 500
const mostItems = 50_000

/** The requests of the portal's OpenAPI that are needed. Every write is one request, sent once. */
export class ApolloPortal {
  readonly #connection: CenterConnection
  readonly #place: PortalPlace
  #lists: boolean | undefined

  constructor(connection: CenterConnection, place: PortalPlace) {
    this.#connection = connection
    this.#place = place
  }

  get name(): string {
    return this.#connection.name
  }

  get clock(): Clock {
    return this.#connection.clock
  }

  get operator(): string {
    return this.#place.operator
  }

  /** What services are given; null: nothing was ever released, or there is no such namespace. */
  async latest(namespace: ApolloNamespace, signal: AbortSignal): Promise<Release | null> {
    const what = `show the release of ${namespace.name}`
    const path = this.#path(namespace, '/releases/latest')
    const answer = await this.#connection.read({ method: 'GET', path }, signal)
    if (answer.status === 200 && answer.body.trim() === '') return null
    const release = releaseIn(bodyOf(this.name, answer, what))
    if (!release) throw refusal(this.name, answer, what)
    return release
  }

  /** What is edited, released or not; null: there is no such namespace. */
  async items(namespace: ApolloNamespace, signal: AbortSignal): Promise<Items | null> {
    const what = `show the items of ${namespace.name}`
    const path = this.#path(namespace, '/items')
    const items = new Map<string, Item>()
    for (let page = 0, lines = 0; ; page += 1) {
      const query = { page: String(page), size: String(itemsPerPage) }
      const answer = await this.#connection.read({ method: 'GET', path, query }, signal)
      if (isMissing(answer)) return null
      const found = itemPageIn(bodyOf(this.name, answer, what))
      if (!found) throw refusal(this.name, answer, what)
      for (const [key, item] of found.items) {
        if (items.has(key)) throw twice(this.name, namespace, key)
        items.set(key, item)
      }
      lines += found.lines
      if (lines >= found.total || found.lines === 0 || lines > mostItems) return items
    }
  }

  /** The user who holds the namespace with an edit that is not released; undefined: nobody. */
  async lockedBy(namespace: ApolloNamespace, signal: AbortSignal): Promise<string | undefined> {
    const path = this.#path(namespace, '/lock')
    const answer = await this.#connection.read({ method: 'GET', path }, signal)
    const body = bodyOf(this.name, answer, `show the lock of ${namespace.name}`)
    return fieldOf(body, 'isLocked') === true ? textOf(body, 'lockedBy') : undefined
  }

  /** Some clients are given another version. */
  async hasGrayBranch(namespace: ApolloNamespace, signal: AbortSignal): Promise<boolean> {
    const path = this.#path(namespace, '/branches')
    const answer = await this.#connection.read({ method: 'GET', path }, signal)
    if (isMissing(answer)) return false
    return typeof bodyOf(this.name, answer, `show the branches of ${namespace.name}`) === 'object'
  }

  /** Whether this portal lists releases: portals of the 3.0 line and later do. */
  async listsReleases(signal: AbortSignal): Promise<boolean> {
    if (this.#lists !== undefined) return this.#lists
    const path = this.#path({ name: 'application', format: 'properties' }, '/releases/active')
    const query = { page: '0', size: '1' }
    const answer = await this.#connection.read({ method: 'GET', path, query }, signal)
    if (answer.status !== 404 && answer.status !== 405 && answer.status !== 403) {
      bodyOf(this.name, answer, 'list releases')
    }
    this.#lists = answer.status === 200 || answer.status === 403
    return this.#lists
  }

  /** Newest first, without those that were rolled back. */
  async releases(
    namespace: ApolloNamespace,
    { page, size }: { readonly page: number; readonly size: number },
    signal: AbortSignal,
  ): Promise<readonly Release[]> {
    const what = `list the releases of ${namespace.name}`
    const path = this.#path(namespace, '/releases/active')
    const query = { page: String(page), size: String(size) }
    const answer = await this.#connection.read({ method: 'GET', path, query }, signal)
    const body = bodyOf(this.name, answer, what)
    if (!Array.isArray(body)) throw refusal(this.name, answer, what)
    return body.flatMap((one: unknown) => releaseIn(one) ?? [])
  }

  createItem(namespace: ApolloNamespace, key: string, item: Omit<Item, 'by'>, signal: AbortSignal) {
    const { operator } = this.#place
    const json = { key, ...item, dataChangeCreatedBy: operator }
    return this.#write({ method: 'POST', path: this.#path(namespace, '/items'), json }, signal)
  }

  /** Comment and type must be given again, or they are blanked. */
  updateItem(namespace: ApolloNamespace, key: string, item: Omit<Item, 'by'>, signal: AbortSignal) {
    const { operator } = this.#place
    const json = { key, ...item, dataChangeLastModifiedBy: operator }
    return this.#write({ method: 'PUT', path: this.#path(namespace, itemPath(key)), json }, signal)
  }

  removeItem(namespace: ApolloNamespace, key: string, signal: AbortSignal): Promise<WriteOutcome> {
    const query = { operator: this.#place.operator }
    return this.#write({ method: 'DELETE', path: this.#path(namespace, itemPath(key)), query }, signal)
  }

  /** Publishes all items of a namespace as they are at that moment. */
  async publish(namespace: ApolloNamespace, signal: AbortSignal): Promise<ReleaseOutcome> {
    const releaseTitle = `cutover ${this.clock.now().toISOString()}`
    const json = { releaseTitle, releaseComment: '', releasedBy: this.#place.operator }
    const request = { method: 'POST', path: this.#path(namespace, '/releases'), json } as const
    const outcome = await this.#connection.write(request, signal)
    return { outcome: outcomeOf(outcome), release: releaseOf(outcome) }
  }

  /** Creates a private namespace; Apollo does that in every environment of the application. */
  createNamespace({ name, format }: ApolloNamespace, signal: AbortSignal): Promise<WriteOutcome> {
    const { app, operator } = this.#place
    const base = format === 'properties' ? name : name.slice(0, -format.length - 1)
    const json = { name: base, appId: app, format, isPublic: false, dataChangeCreatedBy: operator }
    const path = `/openapi/v1/apps/${encodeURIComponent(app)}/appnamespaces`
    return this.#write({ method: 'POST', path, json }, signal)
  }

  async #write(request: HttpRequest, signal: AbortSignal): Promise<WriteOutcome> {
    return outcomeOf(await this.#connection.write(request, signal))
  }

  #path({ name }: ApolloNamespace, below: string): string {
    const { env, app, cluster } = this.#place
    const [inEnv, ofApp, inCluster, named] = [env, app, cluster, name].map(encodeURIComponent)
    return `/openapi/v1/envs/${inEnv}/apps/${ofApp}/clusters/${inCluster}/namespaces/${named}${below}`
  }
}

/** Keys that are not plain words go encoded: servers refuse slashes and the like in a path. */
function itemPath(key: string): string {
  if (/^[\w.-]+$/.test(key)) return `/items/${key}`
  return `/encodedItems/${encodeURIComponent(Buffer.from(key, 'utf8').toString('base64'))}`
}

function releaseOf(outcome: HttpOutcome): Release | undefined {
  return outcome.kind === 'answered' ? releaseIn(parseJson(outcome.answer.body)) : undefined
}

function twice(center: string, { name }: ApolloNamespace, key: string): CutoverError {
  return new CutoverError('system.refused', `${name} in ${center} has the item ${key} twice`, {
    where: `${name} in ${center}`,
    hint: 'Two users created it in the same moment. Remove one of them in the portal, then try again.',
  })
}
