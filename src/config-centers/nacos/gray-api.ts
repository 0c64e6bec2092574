import { isIP } from 'node:net'
import type { DocumentRef } from '../../core/ports/config-center.ts'
import type { ChangedDocument, WriteOutcome } from '../shared/write-outcomes.ts'

/** A stored gray version. */
export interface GrayRow extends ChangedDocument {
  readonly addresses: readonly string[]
}

/** What the gray version is to become. */
export interface GrayPublication {
  readonly content: string
  readonly addresses: readonly string[]
  /** Of the document itself: clients of the gray version are told it too. */
  readonly type: string
  /**
   * True: only when there is none. The one condition that servers keep: an update that names the version it expects
   * is acknowledged and not stored, whether it names the right one or not.
   */
  readonly onlyNew: boolean
}

/** The gray ("beta") versions of documents, of one generation of Nacos' HTTP API. */
export interface GrayApi {
  /** null: the server says that there is none. */
  read(ref: DocumentRef, signal: AbortSignal): Promise<GrayRow | null>
  /** Says `done` of what was not stored, too: only reading tells. */
  publish(ref: DocumentRef, publication: GrayPublication, signal: AbortSignal): Promise<WriteOutcome>
  stop(ref: DocumentRef, signal: AbortSignal): Promise<WriteOutcome>
}

// No version has it: a server that finds none inserts, one that finds one stores nothing.
const md5OfNothing = '0'.repeat(32)

/** The headers that make a publish a gray one. */
export function grayHeaders({ addresses, onlyNew }: GrayPublication): Record<string, string> {
  return { betaIps: addresses.join(','), ...(onlyNew && { casMd5: md5OfNothing }) }
}

/** Takes a list of addresses apart as the server keeps it; undefined when it is none. */
export function addressesIn(list: unknown): readonly string[] | undefined {
  return typeof list === 'string' ? list.split(',').map((address) => address.trim()) : undefined
}

/** Nacos takes any text for an address; what is none matches no client. */
export function isClientAddress(address: string): boolean {
  return isIP(address) !== 0
}
