import type { DocumentDraft, DocumentKey, DocumentRow, HistoryRow } from './document-rows.ts'
import { GrayStore } from './gray-store.ts'
import type { GrayStoreRow } from './gray-store.ts'
import { md5Of, nameOf } from './stored-names.ts'

/** Everything the server keeps; plain JSON. */
export interface StoreImage {
  readonly documents: readonly DocumentRow[]
  readonly history: readonly HistoryRow[]
  readonly gray?: readonly GrayStoreRow[]
}

/**
 * The documents of the embedded server: the stored rows that administrators see at once, and the node's cache that
 * ordinary clients read, which follows after `visibleAfterMs`.
 */
export class DocumentStore {
  readonly gray: GrayStore
  readonly #rows = new Map<string, DocumentRow>()
  readonly #cache = new Map<string, DocumentRow>()
  readonly #history: HistoryRow[] = []
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #watchers = new Set<() => void>()
  readonly #visibleAfterMs: number
  readonly #save: (image: StoreImage) => void

  constructor(visibleAfterMs: number, image: StoreImage | undefined, save: (image: StoreImage) => void) {
    this.#visibleAfterMs = visibleAfterMs
    this.#save = save
    for (const row of image?.documents ?? []) {
      this.#rows.set(nameOf(row.key), row)
      this.#cache.set(nameOf(row.key), row)
    }
    this.#history.push(...(image?.history ?? []))
    this.gray = new GrayStore(
      image?.gray ?? [],
      (operation, row, by) => this.#record(operation, row, by, 'gray'),
      (key) => this.#changed(() => this.gray.reveal(key)),
    )
  }

  stored(key: DocumentKey): DocumentRow | undefined {
    return this.#rows.get(nameOf(key))
  }

  /** What ordinary clients of this node read. */
  visible(key: DocumentKey): DocumentRow | undefined {
    return this.#cache.get(nameOf(key))
  }

  /** What the client of this address reads: the gray version if it is meant by it, else the document. */
  visibleTo(key: DocumentKey, ip: string): (DocumentRow & { readonly beta: boolean }) | undefined {
    const row = this.visible(key)
    const gray = row && this.gray.visibleTo(key, ip)
    if (!row || !gray) return row && { ...row, beta: false }
    const { content, md5, modifiedAt } = gray
    return { ...row, content, md5, modifiedAt, beta: true }
  }

  /** Newest first. */
  history(key: DocumentKey): readonly HistoryRow[] {
    return this.#history.filter((row) => nameOf(row.key) === nameOf(key)).toReversed()
  }

  /**
   * Stores the draft; false when `expectedMd5` is given and another version is there.
   * A document that does not exist is inserted whatever the expectation says, as the real server does.
   */
  publish(key: DocumentKey, draft: DocumentDraft, expectedMd5: string): boolean {
    const before = this.stored(key)
    const stale = before !== undefined && (before.wedged === true || before.md5 !== expectedMd5)
    if (expectedMd5 !== '' && stale) return false
    const now = Date.now()
    const row: DocumentRow = {
      key,
      content: draft.content,
      type: draft.type ?? 'text',
      desc: draft.desc,
      appName: draft.appName ?? before?.appName,
      tags: draft.tags ?? before?.tags,
      user: draft.user,
      ip: draft.ip,
      md5: md5Of(draft.content),
      createdAt: before?.createdAt ?? now,
      modifiedAt: now,
    }
    this.#rows.set(nameOf(key), row)
    this.#record(before ? 'U' : 'I', before ?? row, draft)
    this.#changed(() => this.#reveal(key))
    return true
  }

  /** Removes it; nothing happens when it is not there. */
  remove(key: DocumentKey, by: { readonly user: string; readonly ip: string }): void {
    const before = this.stored(key)
    if (!before) return
    this.#rows.delete(nameOf(key))
    this.#record('D', before, by)
    this.#changed(() => this.#reveal(key))
  }

  /** Brings the document into the state in which every compare-and-set fails until an unconditional publish. */
  wedge(key: DocumentKey): void {
    const row = this.stored(key)
    if (row) this.#rows.set(nameOf(key), { ...row, wedged: true })
  }

  /** Calls back after every change that ordinary clients can see; returns its cancellation. */
  onVisibleChange(callback: () => void): () => void {
    this.#watchers.add(callback)
    return () => this.#watchers.delete(callback)
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#watchers.clear()
  }

  #record(
    operation: HistoryRow['operation'],
    row: Pick<HistoryRow, 'key' | 'content' | 'md5'> & Pick<DocumentDraft, 'type' | 'appName'>,
    by: Pick<HistoryRow, 'user' | 'ip'>,
    publishType: 'formal' | 'gray' = 'formal',
  ): void {
    const { key, content, md5, type = 'text', appName = '' } = row
    const id = (this.#history.at(-1)?.id ?? 0) + 1
    const { user, ip } = by
    const at = Date.now()
    this.#history.push({ id, key, operation, content, md5, type, appName, user, ip, at, publishType })
  }

  #changed(reveal: () => void): void {
    this.#save({ documents: [...this.#rows.values()], history: this.#history, gray: this.gray.rows })
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      reveal()
      for (const watcher of this.#watchers) watcher()
    }, this.#visibleAfterMs)
    this.#timers.add(timer)
  }

  #reveal(key: DocumentKey): void {
    const row = this.stored(key)
    if (row) this.#cache.set(nameOf(key), row)
    else this.#cache.delete(nameOf(key))
    if (!row) this.gray.conceal(key)
  }
}
