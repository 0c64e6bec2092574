import type { Clock } from '../core/ports/clock.ts'
import type { StoredDocument } from '../core/ports/config-center.ts'
import { Secret } from '../core/secret.ts'
import { systemClock } from '../core/system-clock.ts'
import { openChangeSignal } from './nacos/change-signal.ts'
import { clientReadOf } from './nacos/client-read.ts'
import { detectVersion } from './nacos/detect-version.ts'
import { followDocument } from './nacos/follow-document.ts'
import type { Credentials } from './nacos/login.ts'
import { NacosConnection } from './nacos/nacos-connection.ts'

/** Where a service finds a document. Needs the right to read it, nothing more. */
export interface WatchedDocument {
  /** Base addresses such as `http://10.0.0.1:8848`. */
  readonly servers: readonly string[]
  /** Default `/nacos`. */
  readonly contextPath?: string
  /** Namespace id; '' and left out: the public one. */
  readonly namespace?: string
  readonly username?: string
  readonly password?: string | Secret
  /** Default `DEFAULT_GROUP`. */
  readonly group?: string
  readonly dataId: string
}

/** What is known of the document now. */
export type DocumentSighting =
  /** Read just now. `content` null: the center says that there is no such document. */
  | { readonly state: 'current'; readonly content: string | null; readonly etag: string }
  /** The center does not answer. `last` is what was read before; undefined: nothing was ever read. */
  | {
      readonly state: 'stale'
      readonly last: { readonly content: string | null; readonly etag: string } | undefined
      /** Why, without content or credentials. */
      readonly reason: string
    }

/**
 * Follows one document of a Nacos center the way ordinary clients read it, for services.
 * Yields at once, then on every change of the document and whenever the center is lost or found again. Never throws
 * for an outage or a refused login, never makes up a value, ends when the signal fires.
 */
export async function* watchDocument(
  source: WatchedDocument,
  signal: AbortSignal,
  clock: Clock = systemClock,
): AsyncGenerator<DocumentSighting, void, undefined> {
  const connection = openConnection(source, clock)
  const ref = { group: source.group ?? 'DEFAULT_GROUP', dataId: source.dataId }
  const changes = openChangeSignal(connection, ref)
  let api: 'v1' | 'v3' | undefined
  const read = async (each: AbortSignal): Promise<StoredDocument | null> => {
    api ??= (await detectVersion(connection, each)).api
    const clientRead = clientReadOf(api, connection.namespace, ref)
    return clientRead.parse(await connection.read(clientRead.request, each))
  }
  let last: { readonly content: string | null; readonly etag: string } | undefined
  let stale = false
  try {
    for await (const sight of followDocument(clock, changes, read, signal)) {
      if (sight.kind === 'trouble') {
        if (!stale) yield { state: 'stale', last, reason: sight.error.message }
        stale = true
        continue
      }
      last = { content: sight.document?.content ?? null, etag: sight.document?.etag ?? '' }
      if (sight.changed || stale) yield { state: 'current', ...last }
      stale = false
    }
  } finally {
    await connection[Symbol.asyncDispose]()
  }
}

function openConnection(source: WatchedDocument, clock: Clock): NacosConnection {
  return new NacosConnection({
    name: 'the config center',
    servers: source.servers,
    contextPath: source.contextPath ?? '/nacos',
    namespace: source.namespace ?? '',
    credentials: credentialsOf(source),
    clock,
  })
}

function credentialsOf({ username, password }: WatchedDocument): Credentials | undefined {
  if (username === undefined || username === '' || password === undefined) return undefined
  const secret = typeof password === 'string' ? new Secret('config-center-password', password) : password
  return { username, passwordName: secret.toString(), password: () => Promise.resolve(secret) }
}
