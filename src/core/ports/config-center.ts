/** Names a document. The center's address, namespace and credentials belong to the adapter instance. */
export interface DocumentRef {
  readonly group: string
  readonly dataId: string
}

export interface DocumentMeta {
  readonly type?: string | undefined
  readonly description?: string | undefined
  readonly appName?: string | undefined
  readonly tags?: string | undefined
}

export interface StoredDocument {
  readonly content: string
  /** The server's own version mark (md5, revision). Opaque: compare for equality only. */
  readonly etag: string
  readonly meta: DocumentMeta
}

/** What must be there for a write to happen: this version, nothing, or no condition. */
export type Expectation = { readonly etag: string } | 'absent' | 'any'

export interface CenterCapabilities {
  /** The product and version, for messages. */
  readonly server: string
  /** `update`: a stale etag is refused atomically; creation is checked by reading first. */
  readonly compareAndSet: 'update' | 'full' | 'none'
  readonly history: boolean
  readonly subscribers: boolean
  /** A version can be shown to chosen clients before everybody gets it. */
  readonly gray: boolean
  /** Description, application name and tags are kept; the type always is. */
  readonly metadata: boolean
  /**
   * True: a write is an edit that is then released. A run that died in between leaves an edit that nobody is given;
   * a put of the present text, or a removal where there is none, takes it back. Absent: a write is one step.
   */
  readonly twoSteps?: boolean
  /** False: there are none, and a document in any but the default one is refused. Absent: there are. */
  readonly groups?: boolean
}

/** A version that only clients of the listed addresses are given. */
export interface GrayDocument extends StoredDocument {
  readonly addresses: readonly string[]
}

/** One server of the center, asked by itself. */
export interface CenterServerHealth {
  readonly server: string
  /** It answers, and says that it is ready to serve clients. */
  readonly healthy: boolean
  /** Version, or why not. */
  readonly detail: string
}

export interface DocumentVersion {
  readonly id: string
  /** ISO 8601, or '' when the server does not say. */
  readonly at: string
  readonly by: string
  readonly operation: 'insert' | 'update' | 'delete' | 'unknown'
  /**
   * What the entry keeps, which `version` gives: the document as it was before this change or after it. A removal
   * keeps what was removed, a creation what was created; of updates some centers keep the one, some the other.
   * What the document was after any entry: `contentAfter`.
   */
  readonly keeps: 'before' | 'after'
}

export interface Subscriber {
  /** Address of the client; several clients of one address may be one entry. */
  readonly address: string
  /** The version that client holds. It arrived; that the service uses it is not proven. */
  readonly etag: string
}

/** A name that instances of a service are registered under. */
export interface RegisteredName {
  readonly serviceName: string
  readonly group: string
  /** Absent: instances of all clusters. */
  readonly cluster?: string | undefined
}

export interface RegisteredInstance {
  readonly ip: string
  readonly port: number
}

/**
 * Holds documents that services read. Errors never hold content or credentials:
 * `conflict`, `system.unauthenticated`, `system.forbidden`, `system.unreachable`, `system.ambiguous`,
 * `system.unsupported`, `system.refused`.
 */
export interface ConfigCenter extends AsyncDisposable {
  /** The system's name in the playbook. */
  readonly name: string
  capabilities(signal: AbortSignal): Promise<CenterCapabilities>
  /**
   * The time by the center's own clock, to the second: the one clock that everybody who reads its documents can be held
   * against. Undefined: the center does not say.
   */
  now(signal: AbortSignal): Promise<Date | undefined>
  /** The authoritative document, never a cached one; null when there is none. */
  get(ref: DocumentRef, signal: AbortSignal): Promise<StoredDocument | null>
  /**
   * Writes when the expectation holds, reads back, returns what is stored. Type, description, tags and application
   * name that are not given keep the values the document has.
   * An answer that did not come is settled by reading, never by sending again.
   */
  put(
    ref: DocumentRef,
    content: string,
    options: { readonly expect: Expectation; readonly meta?: DocumentMeta },
    signal: AbortSignal,
  ): Promise<StoredDocument>
  /**
   * Removes it. A document that is not there is fine. Checks the expectation by reading first.
   * @throws `system.refused` while it has a gray version: that could come back to life with the next document of the
   *   name.
   */
  remove(ref: DocumentRef, options: { readonly expect: Expectation }, signal: AbortSignal): Promise<void>
  /** Resolves when ordinary clients of every address of the center read this version. */
  awaitVisible(ref: DocumentRef, etag: string, signal: AbortSignal): Promise<void>
  /**
   * The changes of the document that everybody was given, newest first: at least the latest hundred of those that the
   * center still has. Gray versions are not among them.
   * @throws `system.unsupported` when the center keeps none.
   */
  history(ref: DocumentRef, signal: AbortSignal): Promise<readonly DocumentVersion[]>
  /** What that entry of the history keeps (its `keeps` tells what that is); null when there is no such entry. */
  version(ref: DocumentRef, id: string, signal: AbortSignal): Promise<StoredDocument | null>
  /** @throws `system.unsupported` when the center does not tell. */
  subscribers(ref: DocumentRef, signal: AbortSignal): Promise<readonly Subscriber[]>
  /** The gray version; null when there is none. @throws `system.unsupported` when the center has no such thing. */
  gray(ref: DocumentRef, signal: AbortSignal): Promise<GrayDocument | null>
  /**
   * Gives clients of these addresses another content than everybody else, and proves it by reading back. The document
   * itself must exist and does not change; publishing it reaches everybody but these clients.
   * @param options.expect what the gray version must be. Whether that is checked by the center, or by reading before
   *   the write, is up to the center: agree on who makes gray versions.
   * @param options.addresses IP addresses of clients, as the center sees them.
   * @throws `system.refused` without a document or with something that is no address.
   */
  putGray(
    ref: DocumentRef,
    content: string,
    options: { readonly expect: Expectation; readonly addresses: readonly string[] },
    signal: AbortSignal,
  ): Promise<GrayDocument>
  /**
   * Everybody is given the document again. A gray version that is not there is fine. To promote one, `put` its content
   * first, then stop it.
   */
  stopGray(ref: DocumentRef, options: { readonly expect: Expectation }, signal: AbortSignal): Promise<void>
  /** Every server of the center, asked by itself. Never throws for one that is away. */
  health(signal: AbortSignal): Promise<readonly CenterServerHealth[]>
  /**
   * The instances that are registered under the name as healthy and enabled. A name nobody is registered under: none.
   * @throws `system.unsupported` when the center registers no instances.
   */
  registered(name: RegisteredName, signal: AbortSignal): Promise<readonly RegisteredInstance[]>
  /** The document now, then each later version (null: removed), until the signal fires. Survives outages. */
  watch(ref: DocumentRef, signal: AbortSignal): AsyncIterable<StoredDocument | null>
}
