import type { DocumentDraft, DocumentKey, HistoryRow } from './document-rows.ts'
import { md5Of, nameOf } from './stored-names.ts'

/** What clients of the listed addresses are given in place of the document. */
export interface GrayStoreRow {
  readonly key: DocumentKey
  readonly content: string
  readonly md5: string
  /** As it was sent, separated by commas; nobody checks it. */
  readonly addresses: string
  readonly modifiedAt: number
}

type Actor = Pick<HistoryRow, 'user' | 'ip'>
type Record = (
  operation: HistoryRow['operation'],
  row: Pick<GrayStoreRow, 'key' | 'content' | 'md5'>,
  by: Actor,
) => void

/** The gray ("beta") versions of the embedded server: stored rows, and what the node hands out. */
export class GrayStore {
  readonly #rows = new Map<string, GrayStoreRow>()
  readonly #cache = new Map<string, GrayStoreRow>()
  readonly #record: Record
  readonly #changed: (key: DocumentKey) => void

  constructor(rows: readonly GrayStoreRow[], record: Record, changed: (key: DocumentKey) => void) {
    this.#record = record
    this.#changed = changed
    for (const row of rows) {
      this.#rows.set(nameOf(row.key), row)
      this.#cache.set(nameOf(row.key), row)
    }
  }

  get rows(): readonly GrayStoreRow[] {
    return [...this.#rows.values()]
  }

  stored(key: DocumentKey): GrayStoreRow | undefined {
    return this.#rows.get(nameOf(key))
  }

  /** What the node gives to a client of this address, as long as there is a document. */
  visibleTo(key: DocumentKey, ip: string): GrayStoreRow | undefined {
    const row = this.#cache.get(nameOf(key))
    return row?.addresses.split(',').some((address) => address.trim() === ip) ? row : undefined
  }

  /**
   * Stores the draft. As the real servers do, it stores nothing where a version is there and the request names the one
   * it expects, right or wrong; the history has a row of it all the same, and the answer is that of a success.
   */
  publish(key: DocumentKey, draft: DocumentDraft, addresses: string, expectedMd5: string): void {
    const before = this.stored(key)
    const { content } = draft
    const row = { key, content, md5: md5Of(content), addresses, modifiedAt: Date.now() }
    if (!before || expectedMd5 === '') this.#rows.set(nameOf(key), row)
    this.#record(before ? 'U' : 'I', before ?? row, draft)
    this.#changed(key)
  }

  /** False: there was none, which the real servers call an error. */
  stop(key: DocumentKey, by: Actor): boolean {
    const before = this.stored(key)
    if (!before) return false
    this.#rows.delete(nameOf(key))
    this.#record('D', before, by)
    this.#changed(key)
    return true
  }

  /** The node takes over what is stored. */
  reveal(key: DocumentKey): void {
    const row = this.stored(key)
    if (row) this.#cache.set(nameOf(key), row)
    else this.#cache.delete(nameOf(key))
  }

  /** A removed document takes its gray version out of the node's hands; the row stays, and comes back with a restart. */
  conceal(key: DocumentKey): void {
    this.#cache.delete(nameOf(key))
  }
}
