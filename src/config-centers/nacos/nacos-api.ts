import type {
  DocumentMeta,
  DocumentRef,
  DocumentVersion,
  RegisteredInstance,
  RegisteredName,
  Subscriber,
} from '../../core/ports/config-center.ts'
import type { StoredDocument } from '../../core/ports/config-center.ts'
import type { ChangedDocument, WriteOutcome } from '../shared/write-outcomes.ts'
import type { GrayApi } from './gray-api.ts'

/** A stored document with what a publish must send again. */
export interface StoredRow extends ChangedDocument {
  /** Further fields a publish must repeat, or the server blanks them. */
  readonly extras: Readonly<Record<string, string>>
}

/** What the document is to become. */
export interface Publication {
  readonly content: string
  readonly meta: DocumentMeta
  readonly extras: Readonly<Record<string, string>>
  /** The version that must be there; '' for no condition. */
  readonly expectedMd5: string
}

/** The fields that name a document in a request. */
export type NameFields = (ref: DocumentRef) => Record<string, string>

/** One generation of Nacos' HTTP API. */
export interface NacosApi {
  /** The stored document, read from the database and not from a node's cache. */
  read(ref: DocumentRef, signal: AbortSignal): Promise<StoredRow | null>
  publish(ref: DocumentRef, publication: Publication, signal: AbortSignal): Promise<WriteOutcome>
  remove(ref: DocumentRef, signal: AbortSignal): Promise<WriteOutcome>
  history(ref: DocumentRef, signal: AbortSignal): Promise<readonly DocumentVersion[]>
  version(ref: DocumentRef, id: string, signal: AbortSignal): Promise<StoredDocument | null>
  subscribers(ref: DocumentRef, signal: AbortSignal): Promise<readonly Subscriber[]>
  /** Healthy and enabled instances of the connection's namespace. */
  registered(name: RegisteredName, signal: AbortSignal): Promise<readonly RegisteredInstance[]>
  readonly gray: GrayApi
  /** Ids of all namespaces; undefined when the server does not tell this user. */
  namespaces(signal: AbortSignal): Promise<readonly string[] | undefined>
}

/** Leaves out what is not there. */
export function given(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== '') found[name] = value
  }
  return found
}
