import type { ApolloSpec } from '../../core/center-specs.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type {
  CenterCapabilities,
  CenterServerHealth,
  ConfigCenter,
  DocumentMeta,
  DocumentRef,
  DocumentVersion,
  Expectation,
  StoredDocument,
} from '../../core/ports/config-center.ts'
import type { Secrets } from '../../core/ports/secrets.ts'
import { CenterConnection } from '../shared/center-connection.ts'
import { PlainCenter } from '../shared/plain-center.ts'
import { unsupported } from '../shared/unsupported.ts'
import { watchStored } from '../shared/watch-stored.ts'
import { ApolloPortal } from './apollo-portal.ts'
import { awaitReleaseVisible } from './await-visible.ts'
import { openChangeSignal } from './change-signal.ts'
import { ConfigService } from './config-service.ts'
import { healthOf, healthRoute } from './health-of.ts'
import { namespaceOf } from './namespace-of.ts'
import type { ApolloNamespace } from './namespace-of.ts'
import { rowOf } from './namespace-row.ts'
import type { NamespaceRow } from './namespace-row.ts'
import { releasedVersion, releaseHistory } from './release-history.ts'
import { putDocument, removeDocument } from './write-document.ts'

/**
 * Opens an Apollo by its portal (to write) and its config service (what services read). Contacts nothing yet.
 * A document is a namespace, and its version is what is released: edits that nobody released are not there.
 * @param name the system's name in the playbook.
 */
export function openApolloCenter(
  name: string,
  spec: ApolloSpec,
  secrets: Secrets,
  clock: Clock,
): Promise<ConfigCenter> {
  const { portal, configServers, ca, app, cluster, token, accessKey } = spec
  const isDenied = (): boolean => false
  const authorizer = {
    authorize: async (_base: string, _trust: unknown, signal: AbortSignal) => ({
      kind: 'headers' as const,
      headers: { authorization: (await secrets.resolve(token, signal)).reveal() },
    }),
    forget: () => false,
  }
  const toPortal = new CenterConnection({ name, servers: [portal], caFile: ca, authorizer, clock, isDenied })
  const toService = new CenterConnection({ name, servers: configServers, caFile: ca, clock, isDenied })
  const service = new ConfigService({
    connection: toService,
    app,
    cluster,
    accessKey: accessKey === undefined ? undefined : (signal) => secrets.resolve(accessKey, signal),
  })
  return Promise.resolve(new ApolloCenter(toPortal, new ApolloPortal(toPortal, spec), service))
}

class ApolloCenter extends PlainCenter implements ConfigCenter {
  readonly #connection: CenterConnection
  readonly #portal: ApolloPortal
  readonly #service: ConfigService

  constructor(connection: CenterConnection, portal: ApolloPortal, service: ConfigService) {
    super(connection.name)
    this.#connection = connection
    this.#portal = portal
    this.#service = service
  }

  /** Portals do not tell their version; that of releases they list tells the line. */
  async capabilities(signal: AbortSignal): Promise<CenterCapabilities> {
    const history = await this.#portal.listsReleases(signal)
    return {
      server: history ? 'Apollo 3.0 or later' : 'Apollo before 3.0',
      compareAndSet: 'none',
      history,
      subscribers: false,
      gray: false,
      metadata: false,
      groups: false,
      twoSteps: true,
    }
  }

  async now(signal: AbortSignal): Promise<Date | undefined> {
    const answer = await this.#service.connection.read(healthRoute, signal)
    const ms = Date.parse(answer.headers.get('date') ?? '')
    return Number.isNaN(ms) ? undefined : new Date(ms)
  }

  async get(ref: DocumentRef, signal: AbortSignal): Promise<StoredDocument | null> {
    const namespace = this.#namespace(ref)
    const row = rowOf(namespace, await this.#portal.latest(namespace, signal))
    return row && documentOf(row)
  }

  /** Items and a release; description, application name and tags have no place in Apollo. */
  async put(
    ref: DocumentRef,
    content: string,
    { expect }: { readonly expect: Expectation; readonly meta?: DocumentMeta },
    signal: AbortSignal,
  ): Promise<StoredDocument> {
    return documentOf(await putDocument(this.#portal, this.#namespace(ref), ref, content, expect, signal))
  }

  remove(ref: DocumentRef, { expect }: { readonly expect: Expectation }, signal: AbortSignal): Promise<void> {
    return removeDocument(this.#portal, this.#namespace(ref), ref, expect, signal)
  }

  awaitVisible(ref: DocumentRef, etag: string, signal: AbortSignal): Promise<void> {
    return awaitReleaseVisible(this.#portal, this.#service, this.#namespace(ref), ref, etag, signal)
  }

  async history(ref: DocumentRef, signal: AbortSignal): Promise<readonly DocumentVersion[]> {
    const namespace = this.#namespace(ref)
    await this.#requireHistory(signal)
    return releaseHistory(this.#portal, namespace, signal)
  }

  async version(ref: DocumentRef, id: string, signal: AbortSignal): Promise<StoredDocument | null> {
    const namespace = this.#namespace(ref)
    await this.#requireHistory(signal)
    return releasedVersion(this.#portal, namespace, id, signal)
  }

  health(signal: AbortSignal): Promise<readonly CenterServerHealth[]> {
    const connections = [this.#connection, this.#service.connection]
    return Promise.all(
      connections.flatMap((each) => each.servers.map((server) => healthOf(each, server, signal))),
    )
  }

  /** @throws what a wrong address or credential causes, as long as nothing was read yet; later it keeps trying. */
  watch(ref: DocumentRef, signal: AbortSignal): AsyncIterable<StoredDocument | null> {
    const changes = openChangeSignal(this.#service, this.#namespace(ref))
    return watchStored(this.#connection, changes, (each) => this.get(ref, each), signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.#connection[Symbol.asyncDispose](),
      this.#service.connection[Symbol.asyncDispose](),
    ])
  }

  #namespace(ref: DocumentRef): ApolloNamespace {
    return namespaceOf(this.name, ref)
  }

  async #requireHistory(signal: AbortSignal): Promise<void> {
    if (!(await this.#portal.listsReleases(signal)))
      throw unsupported(this.name, 'list of releases before 3.0')
  }
}

function documentOf({ content, etag, meta }: NamespaceRow): StoredDocument {
  return { content, etag, meta }
}
