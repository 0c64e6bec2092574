import type { EtcdSpec } from '../../core/center-specs.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type {
  CenterCapabilities,
  CenterServerHealth,
  ConfigCenter,
  DocumentRef,
  DocumentVersion,
  Expectation,
  StoredDocument,
} from '../../core/ports/config-center.ts'
import type { Secrets } from '../../core/ports/secrets.ts'
import { awaitVisible } from '../shared/await-visible.ts'
import { credentialsOf } from '../shared/credentials.ts'
import { PlainCenter } from '../shared/plain-center.ts'
import { parseJson, textOf } from '../shared/json-fields.ts'
import type { HttpAnswer } from '../shared/http-message.ts'
import { watchStored } from '../shared/watch-stored.ts'
import { refusal } from './answers.ts'
import { documentHistory, documentVersion } from './document-history.ts'
import { EtcdConnection } from './etcd-connection.ts'
import { etcdHealth } from './etcd-health.ts'
import { followKey } from './follow-key.ts'
import { documentOf, readDocument, readingOf, readRequest } from './read-document.ts'
import { putDocument, removeDocument } from './write-document.ts'

/**
 * Opens an etcd, 3.4 or later, by its JSON gateway. Contacts nothing yet.
 * @param name the system's name in the playbook.
 */
export function openEtcdCenter(
  name: string,
  spec: EtcdSpec,
  secrets: Secrets,
  clock: Clock,
): Promise<ConfigCenter> {
  const { servers, prefix, ca: caFile } = spec
  const credentials = credentialsOf(spec, secrets)
  return Promise.resolve(
    new EtcdCenter(new EtcdConnection({ name, servers, prefix, credentials, caFile, clock })),
  )
}

class EtcdCenter extends PlainCenter implements ConfigCenter {
  readonly #connection: EtcdConnection

  constructor(connection: EtcdConnection) {
    super(connection.name)
    this.#connection = connection
  }

  async capabilities(signal: AbortSignal): Promise<CenterCapabilities> {
    const answer = await this.#status(signal)
    const version = textOf(parseJson(answer.body), 'version')
    if (answer.status !== 200 || version === '') throw refusal(answer, 'tell its version')
    return {
      server: `etcd ${version}`,
      compareAndSet: 'full',
      history: true,
      subscribers: false,
      gray: false,
      metadata: false,
    }
  }

  async now(signal: AbortSignal): Promise<Date | undefined> {
    const { headers } = await this.#status(signal)
    const ms = Date.parse(headers.get('date') ?? '')
    return Number.isNaN(ms) ? undefined : new Date(ms)
  }

  async get(ref: DocumentRef, signal: AbortSignal): Promise<StoredDocument | null> {
    const { row } = await readDocument(this.#connection, ref, signal)
    return row && documentOf(row)
  }

  /** The type goes by the name; description, application name and tags are not kept. */
  async put(
    ref: DocumentRef,
    content: string,
    options: { readonly expect: Expectation },
    signal: AbortSignal,
  ): Promise<StoredDocument> {
    return documentOf(await putDocument(this.#connection, ref, content, options.expect, signal))
  }

  async remove(
    ref: DocumentRef,
    options: { readonly expect: Expectation },
    signal: AbortSignal,
  ): Promise<void> {
    await removeDocument(this.#connection, ref, options.expect, signal)
  }

  /** A member that answers the read has applied the version, so it hands it to watchers and to lax readers as well. */
  async awaitVisible(ref: DocumentRef, etag: string, signal: AbortSignal): Promise<void> {
    const connection = this.#connection
    const request = readRequest(connection, ref)
    const readFrom = async (server: string, each: AbortSignal): Promise<StoredDocument | null> =>
      readingOf(connection, ref, await connection.readFrom(server, request, each)).row
    await awaitVisible(connection, readFrom, ref, etag, signal)
  }

  history(ref: DocumentRef, signal: AbortSignal): Promise<readonly DocumentVersion[]> {
    return documentHistory(this.#connection, ref, signal)
  }

  version(ref: DocumentRef, id: string, signal: AbortSignal): Promise<StoredDocument | null> {
    return documentVersion(this.#connection, ref, id, signal)
  }

  health(signal: AbortSignal): Promise<readonly CenterServerHealth[]> {
    return Promise.all(this.#connection.servers.map((server) => etcdHealth(this.#connection, server, signal)))
  }

  watch(ref: DocumentRef, signal: AbortSignal): AsyncIterable<StoredDocument | null> {
    const { changes, read } = followKey(this.#connection, ref)
    return watchStored(this.#connection, changes, read, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]()
  }

  #status(signal: AbortSignal): Promise<HttpAnswer> {
    return this.#connection.read({ method: 'POST', path: '/v3/maintenance/status', json: {} }, signal)
  }
}
