import type { Clock } from '../../core/ports/clock.ts'
import type {
  CenterCapabilities,
  CenterServerHealth,
  ConfigCenter,
  DocumentMeta,
  DocumentRef,
  DocumentVersion,
  Expectation,
  GrayDocument,
  RegisteredInstance,
  RegisteredName,
  StoredDocument,
  Subscriber,
} from '../../core/ports/config-center.ts'
import type { Secrets } from '../../core/ports/secrets.ts'
import type { NacosSpec } from '../../core/center-specs.ts'
import { awaitVisible } from '../shared/await-visible.ts'
import { openChangeSignal } from './change-signal.ts'
import { clientReadOf } from './client-read.ts'
import { detectVersion, stateRoutes } from './detect-version.ts'
import type { NacosVersion } from './detect-version.ts'
import type { GrayRow } from './gray-api.ts'
import { credentialsOf } from '../shared/credentials.ts'
import { healthOf } from './health-of.ts'
import { watchStored } from '../shared/watch-stored.ts'
import { NacosApiV1 } from './nacos-api-v1.ts'
import { NacosApiV3 } from './nacos-api-v3.ts'
import type { NacosApi, StoredRow } from './nacos-api.ts'
import { NacosConnection } from './nacos-connection.ts'
import { publishDocument } from './publish-document.ts'
import { putGray } from './put-gray.ts'
import type { GrayWish } from './put-gray.ts'
import { removeDocument } from './remove-document.ts'
import { stopGray } from './stop-gray.ts'

/*
 * The npm package `nacos` (2.6.3) is used for nothing here, not for watching either.
 *
 * Watching: measured on 50 publishes each, on real servers 3.1 / 2.5, its `DataClient` calls back after 49 / 66 ms
 * (p50), 105 / 111 (p95), 116 / 113 (max); the long poll of change-signal.ts wakes after 63 / 61, 104 / 112, 109 / 125.
 * That is the same poll and the same speed. What the package adds is harm: when the server fails it hands out a file
 * from the disk, which is named without the server's address, as if it were the document; it takes the body of an
 * error for the document; after a 404 or a refused login it asks again without a pause, thousands of times a second;
 * and after close() its poll keeps the process alive for half a minute. It speaks v1 only: where v1 is gone (3.2 and
 * later) it empties its file and spins, so there is no server on which it would be the only way.
 *
 * Writing: it cannot send the header that makes a write conditional, calls a write done that was answered with 404 or
 * `false`, sends a write again after an answer it did not like, puts content and password into messages and the
 * password into addresses, and accepts any certificate. Its main class, `NacosConfigClient`, besides routes requests
 * through whichever process of the machine was first, to that one's server, namespace and user.
 */

/**
 * Opens a Nacos 2.x or 3.x center. Contacts nothing yet: the version is asked for, and the password resolved, when
 * the first call needs them.
 * @param name the system's name in the playbook.
 */
export function openNacosCenter(
  name: string,
  spec: NacosSpec,
  secrets: Secrets,
  clock: Clock,
): Promise<ConfigCenter> {
  const connection = new NacosConnection({
    name,
    servers: spec.servers,
    contextPath: spec.contextPath,
    namespace: spec.namespace,
    credentials: credentialsOf(spec, secrets),
    caFile: spec.ca,
    clock,
  })
  return Promise.resolve(new NacosCenter(connection))
}

interface Server {
  readonly version: NacosVersion
  readonly api: NacosApi
}

class NacosCenter implements ConfigCenter {
  readonly name: string
  readonly #connection: NacosConnection
  #server: Server | undefined

  constructor(connection: NacosConnection) {
    this.name = connection.name
    this.#connection = connection
  }

  async capabilities(signal: AbortSignal): Promise<CenterCapabilities> {
    const { version } = await this.#open(signal)
    return {
      server: `Nacos ${version.text}`,
      compareAndSet: 'full',
      history: true,
      subscribers: true,
      gray: true,
      metadata: true,
    }
  }

  async now(signal: AbortSignal): Promise<Date | undefined> {
    const { version } = await this.#open(signal)
    const answer = await this.#connection.read({ method: 'GET', path: stateRoutes[version.api] }, signal)
    return timeIn(answer.headers.get('date'))
  }

  async get(ref: DocumentRef, signal: AbortSignal): Promise<StoredDocument | null> {
    const { api } = await this.#open(signal)
    const row = await api.read(ref, signal)
    return row && documentOf(row)
  }

  async put(
    ref: DocumentRef,
    content: string,
    options: { readonly expect: Expectation; readonly meta?: DocumentMeta },
    signal: AbortSignal,
  ): Promise<StoredDocument> {
    const { api } = await this.#open(signal)
    return documentOf(await publishDocument(this.#connection, api, ref, content, options, signal))
  }

  async remove(
    ref: DocumentRef,
    options: { readonly expect: Expectation },
    signal: AbortSignal,
  ): Promise<void> {
    const { api } = await this.#open(signal)
    await removeDocument(this.#connection, api, ref, options.expect, signal)
  }

  async awaitVisible(ref: DocumentRef, etag: string, signal: AbortSignal): Promise<void> {
    const { version } = await this.#open(signal)
    const read = clientReadOf(version.api, this.#connection.namespace, ref)
    const readFrom = async (server: string, each: AbortSignal): Promise<StoredDocument | null> =>
      read.parse(await this.#connection.readFrom(server, read.request, each))
    await awaitVisible(this.#connection, readFrom, ref, etag, signal)
  }

  async history(ref: DocumentRef, signal: AbortSignal): Promise<readonly DocumentVersion[]> {
    const { api } = await this.#open(signal)
    return api.history(ref, signal)
  }

  async version(ref: DocumentRef, id: string, signal: AbortSignal): Promise<StoredDocument | null> {
    const { api } = await this.#open(signal)
    return api.version(ref, id, signal)
  }

  async subscribers(ref: DocumentRef, signal: AbortSignal): Promise<readonly Subscriber[]> {
    const { api } = await this.#open(signal)
    return api.subscribers(ref, signal)
  }

  async registered(name: RegisteredName, signal: AbortSignal): Promise<readonly RegisteredInstance[]> {
    const { api } = await this.#open(signal)
    return api.registered(name, signal)
  }

  async gray(ref: DocumentRef, signal: AbortSignal): Promise<GrayDocument | null> {
    const { api } = await this.#open(signal)
    const row = await api.gray.read(ref, signal)
    return row && grayDocumentOf(row)
  }

  async putGray(
    ref: DocumentRef,
    content: string,
    options: GrayWish,
    signal: AbortSignal,
  ): Promise<GrayDocument> {
    const { api } = await this.#open(signal)
    return grayDocumentOf(await putGray(this.#connection, api, ref, content, options, signal))
  }

  async stopGray(
    ref: DocumentRef,
    options: { readonly expect: Expectation },
    signal: AbortSignal,
  ): Promise<void> {
    const { api } = await this.#open(signal)
    await stopGray(this.#connection, api, ref, options.expect, signal)
  }

  health(signal: AbortSignal): Promise<readonly CenterServerHealth[]> {
    return Promise.all(this.#connection.servers.map((server) => healthOf(this.#connection, server, signal)))
  }

  watch(ref: DocumentRef, signal: AbortSignal): AsyncIterable<StoredDocument | null> {
    const changes = openChangeSignal(this.#connection, ref)
    return watchStored(this.#connection, changes, (each) => this.get(ref, each), signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]()
  }

  async #open(signal: AbortSignal): Promise<Server> {
    this.#server ??= await this.#detect(signal)
    return this.#server
  }

  async #detect(signal: AbortSignal): Promise<Server> {
    const version = await detectVersion(this.#connection, signal)
    const Api = version.api === 'v1' ? NacosApiV1 : NacosApiV3
    return { version, api: new Api(this.#connection) }
  }
}

function documentOf({ content, etag, meta }: StoredRow): StoredDocument {
  return { content, etag, meta }
}

function grayDocumentOf({ addresses, ...row }: GrayRow): GrayDocument {
  return { content: row.content, etag: row.etag, meta: row.meta, addresses }
}

function timeIn(header: string | null): Date | undefined {
  const ms = Date.parse(header ?? '')
  return Number.isNaN(ms) ? undefined : new Date(ms)
}
