import type { Authenticator } from './authenticator.ts'
import type { DocumentDraft, DocumentKey } from './document-rows.ts'
import type { DocumentStore } from './document-store.ts'
import type { NacosAnswer, NacosRequest } from './http-exchange.ts'
import type { Registry } from './registry.ts'
import type { LongPolls } from './long-poll.ts'

/** `2.5` and `3.1` answer as the measured servers do; `3.2` is a 3.1 without any v1 route but the login. */
export type NacosFlavour = '2.5' | '3.1' | '3.2'

/** What the routes work on. */
export interface Backend {
  readonly flavour: NacosFlavour
  readonly store: DocumentStore
  readonly polls: LongPolls
  readonly auth: Authenticator
  readonly registry: Registry
  readonly namespaces: readonly string[]
  keyOf(tenant: string, group: string, dataId: string): DocumentKey
}

export interface Route {
  /** True: answered without a token. */
  readonly open?: boolean
  answer(request: NacosRequest, backend: Backend): NacosAnswer | Promise<NacosAnswer>
}

/** Keyed by `METHOD /path`. */
export type Routes = Readonly<Record<string, Route>>

export const versions: Readonly<Record<NacosFlavour, string>> = {
  '2.5': '2.5.0',
  '3.1': '3.1.0',
  '3.2': '3.2.0',
}

/** History rows carry the operation padded with blanks and a creation time that is always this moment. */
export const historyCreatedAt = Date.UTC(2010, 4, 4, 16)

export function draftOf(request: NacosRequest, tagsField: string): DocumentDraft {
  const field = (name: string): string | undefined => request.fields.get(name) ?? undefined
  return {
    content: field('content') ?? '',
    type: field('type'),
    desc: field('desc'),
    appName: field('appName'),
    tags: field(tagsField),
    user: request.user,
    ip: request.ip,
  }
}

/** The headers of a publish: the md5 it expects and, for a gray one, the addresses; '' for neither. */
export function conditionsOf(request: NacosRequest): readonly [expectedMd5: string, betaIps: string] {
  return [request.header('casMd5').trim(), request.header('betaIps').trim()]
}

export function page(request: NacosRequest, items: readonly unknown[]): object {
  const size = Math.min(500, Number(request.fields.get('pageSize') ?? 100))
  const number = Number(request.fields.get('pageNo') ?? 1)
  return {
    totalCount: items.length,
    pageNumber: number,
    pagesAvailable: Math.ceil(items.length / size),
    pageItems: items.slice((number - 1) * size, number * size),
  }
}
