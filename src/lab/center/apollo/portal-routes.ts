import type { ApolloAnswer, ApolloRequest } from './apollo-http.ts'
import { ApolloRefusal } from './apollo-refusal.ts'
import type { ApolloFormat, ApolloItem, ApolloRelease, ApolloStore } from './apollo-store.ts'

export interface PortalOptions {
  /** `2.4` does not list releases, `3.0` does. */
  readonly line: '2.4' | '3.0'
  readonly token: string
  readonly env: string
  readonly app: string
  readonly cluster: string
  /** Users the portal knows. */
  readonly users: readonly string[]
}

const formats: ReadonlySet<string> = new Set(['properties', 'xml', 'json', 'yml', 'yaml', 'txt'])

/** What the portal's OpenAPI answers. @throws ApolloRefusal. */
export function answerAsPortal(
  request: ApolloRequest,
  store: ApolloStore,
  options: PortalOptions,
): ApolloAnswer {
  if (request.parts[0] === 'health') return ok({ status: 'UP' })
  if (request.headers.authorization !== options.token) throw new ApolloRefusal(401, 'Unauthorized')
  const [, , kind, ...rest] = request.parts
  if (kind === 'apps' && rest[1] === 'appnamespaces' && request.method === 'POST') {
    return createNamespace(request, store, options)
  }
  const [env, level, ...below] = rest
  if (kind !== 'envs' || env !== options.env) throw new ApolloRefusal(404, 'Not Found')
  if (level === 'releases') return answerRelease(request, below, store, options)
  const [app, clusters, cluster, namespaces, name = '', part, ...last] = below
  const known = level === 'apps' && clusters === 'clusters' && namespaces === 'namespaces'
  if (!known || cluster !== options.cluster) throw new ApolloRefusal(404, 'Not Found')
  if (app !== options.app) throw new ApolloRefusal(403, 'Access is denied')
  switch (part) {
    case 'items':
    case 'encodedItems':
      return answerItems(request, store, options, { name, key: keyIn(part, last[0]) })
    case 'releases':
      return answerReleases(request, store, options, { name, which: last[0] })
    case 'lock': {
      const { lockedBy } = store.namespace(name)
      return ok({ namespaceName: name, isLocked: lockedBy !== undefined, lockedBy })
    }
    case 'branches': {
      const { branch } = store.namespace(name)
      return branch === undefined ? { status: 200 } : ok({ clusterName: branch, namespaceName: name })
    }
    default:
      throw new ApolloRefusal(404, 'Not Found')
  }
}

interface Addressed {
  readonly name: string
  readonly key: string | undefined
}

function answerItems(
  request: ApolloRequest,
  store: ApolloStore,
  options: PortalOptions,
  { name, key }: Addressed,
): ApolloAnswer {
  const { items } = store.namespace(name)
  if (key === undefined) {
    if (request.method === 'GET') return pageOf(request, items)
    const item = draftIn(request.body)
    if (items.some((one) => one.key === item.key)) throw new ApolloRefusal(400, 'item already exists')
    store.setItem(name, item, known(field(request.body, 'dataChangeCreatedBy'), options))
    return ok(itemBody(store.namespace(name).items.at(-1)))
  }
  if (request.method === 'DELETE') {
    store.removeItem(name, key, known(request.query.get('operator'), options))
    return { status: 200 }
  }
  const item = items.find((one) => one.key === key)
  if (!item) throw new ApolloRefusal(404, 'item not found')
  if (request.method === 'GET') return ok(itemBody(item))
  store.setItem(name, draftIn(request.body), known(field(request.body, 'dataChangeLastModifiedBy'), options))
  return { status: 200 }
}

function answerReleases(
  request: ApolloRequest,
  store: ApolloStore,
  options: PortalOptions,
  { name, which }: { readonly name: string; readonly which: string | undefined },
): ApolloAnswer {
  if (request.method === 'POST' && which === undefined) {
    const title = textIn(request.body, 'releaseTitle')
    if (title === '' || title.length > 64) throw new ApolloRefusal(400, 'releaseTitle')
    return ok(
      releaseBody(store.release(name, title, known(field(request.body, 'releasedBy'), options)), options),
    )
  }
  if (which === 'latest') {
    const latest = store.latest(name)
    // Nothing was ever released, or there is no such namespace: 200 and an empty body.
    return latest ? ok(releaseBody(latest, options)) : { status: 200 }
  }
  if (which !== 'active' || options.line !== '3.0') throw new ApolloRefusal(404, 'Not Found')
  const page = Number(request.query.get('page') ?? 0)
  const size = Number(request.query.get('size') ?? 5)
  const active = (store.find(name)?.releases ?? []).filter(({ abandoned }) => !abandoned).toReversed()
  return ok(active.slice(page * size, (page + 1) * size).map((release) => releaseBody(release, options)))
}

function answerRelease(
  request: ApolloRequest,
  [id, verb]: readonly string[],
  store: ApolloStore,
  options: PortalOptions,
): ApolloAnswer {
  const release = store.releaseOf(Number(id))
  if (request.method === 'PUT' && verb === 'rollback') {
    known(request.query.get('operator'), options)
    if (!release) throw new ApolloRefusal(400, 'release not found')
    store.rollback(release.id)
    return { status: 200 }
  }
  if (options.line !== '3.0' || !release) throw new ApolloRefusal(404, 'Not Found')
  return ok(releaseBody(release, options))
}

function createNamespace(request: ApolloRequest, store: ApolloStore, options: PortalOptions): ApolloAnswer {
  if (request.parts[3] !== options.app) throw new ApolloRefusal(403, 'Access is denied')
  known(field(request.body, 'dataChangeCreatedBy'), options)
  const format = textIn(request.body, 'format')
  const base = textIn(request.body, 'name')
  const valid = /^[0-9a-zA-Z_.-]+$/.test(base) && !/\.(json|ya?ml|xml|properties)$/.test(base)
  if (!valid || !formats.has(format)) throw new ApolloRefusal(400, 'invalid namespace format')
  const name = format === 'properties' ? base : `${base}.${format}`
  store.create(name, format as ApolloFormat)
  return ok({ name, appId: options.app, format, isPublic: false })
}

function pageOf({ query }: ApolloRequest, items: readonly ApolloItem[]): ApolloAnswer {
  const page = Number(query.get('page') ?? 0)
  const size = Number(query.get('size') ?? 50)
  const content = items.slice(page * size, (page + 1) * size).map(itemBody)
  return ok({ content, page, size, total: items.length })
}

function keyIn(part: 'items' | 'encodedItems', last: string | undefined): string | undefined {
  if (last === undefined || part === 'items') return last
  return Buffer.from(last, 'base64').toString('utf8')
}

function known(user: unknown, { users }: PortalOptions): string {
  if (typeof user === 'string' && users.includes(user)) return user
  throw new ApolloRefusal(400, 'User not exists.')
}

function draftIn(body: unknown): { key: string; value: string; comment: string; type: number } {
  const type = field(body, 'type')
  return {
    key: textIn(body, 'key'),
    value: textIn(body, 'value'),
    // What a change leaves out is blanked, as in the real one.
    comment: textIn(body, 'comment'),
    type: typeof type === 'number' ? type : 0,
  }
}

function textIn(body: unknown, name: string): string {
  const value = field(body, name)
  return typeof value === 'string' ? value : ''
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
}

function itemBody(item: ApolloItem | undefined): object {
  if (!item) return {}
  const { key, value, comment, type, createdBy, modifiedBy, at } = item
  return { key, value, comment, type, ...byAndWhen(createdBy, modifiedBy, at) }
}

function releaseBody(release: ApolloRelease, { app, cluster }: PortalOptions): object {
  const { id, namespace, title, by, at, configurations } = release
  const place = { appId: app, clusterName: cluster, namespaceName: namespace }
  return { id, ...place, name: title, configurations, comment: '', ...byAndWhen(by, by, at) }
}

function byAndWhen(createdBy: string, modifiedBy: string, at: number): object {
  // The documented form: 2016-08-11T14:03:46.232+0800
  const time = new Date(at).toISOString().replace('Z', '+0000')
  return {
    dataChangeCreatedBy: createdBy,
    dataChangeLastModifiedBy: modifiedBy,
    dataChangeCreatedTime: time,
    dataChangeLastModifiedTime: time,
  }
}

function ok(json: unknown): ApolloAnswer {
  return { status: 200, json }
}
