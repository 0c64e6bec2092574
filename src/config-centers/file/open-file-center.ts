import { resolve } from 'node:path'
import { orAborted } from '../../core/deadline.ts'
import type { FileSpec } from '../../core/center-specs.ts'
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
import { followDocument } from '../shared/follow-document.ts'
import { linkSignals } from '../shared/link-signals.ts'
import { PlainCenter } from '../shared/plain-center.ts'
import { changeDocument, titleOf } from './change-document.ts'
import type { DocumentFolder } from './change-document.ts'
import { findPlace, requireNames } from './document-place.ts'
import { openFileChanges } from './file-changes.ts'
import { folderHealth } from './folder-health.ts'
import { openGitKeeper } from './git-keeper.ts'
import { openHistoryFolder } from './history-folder.ts'
import type { ReadNow } from './keeper.ts'
import { readDocument } from './read-document.ts'
import { readDocumentFile } from './read-document-file.ts'

/** Milliseconds between looks for a version that is not there yet. */
const lookAgainMs = 100

/**
 * Opens a folder of documents as a config center. Looks at nothing yet.
 *
 * All runs and services must be on this machine, or read copies of the folder: the lock between runs, and the notices of
 * changes, work on one machine. Between its last look and the change itself, which are two calls to the system, it
 * cannot see an editor that keeps no lock.
 * @param name the system's name in the playbook.
 */
export function openFileCenter(name: string, spec: FileSpec, clock: Clock): ConfigCenter {
  const directory = resolve(spec.directory)
  const keeper = spec.git ? openGitKeeper(name, directory, clock) : openHistoryFolder(clock)
  return new FileCenter({ name, directory, keeper, clock })
}

class FileCenter extends PlainCenter implements ConfigCenter {
  readonly #folder: DocumentFolder
  readonly #closed = new AbortController()

  constructor(folder: DocumentFolder) {
    super(folder.name)
    this.#folder = folder
  }

  async capabilities(signal: AbortSignal): Promise<CenterCapabilities> {
    return {
      server: await this.#bounded(() => this.#folder.keeper.product(), signal),
      compareAndSet: 'full',
      history: true,
      subscribers: false,
      gray: false,
      metadata: false,
    }
  }

  now(): Promise<Date> {
    return Promise.resolve(this.#folder.clock.now())
  }

  get(ref: DocumentRef, signal: AbortSignal): Promise<StoredDocument | null> {
    return readDocument(this.name, this.#folder.directory, ref, signal)
  }

  async put(
    ref: DocumentRef,
    content: string,
    { expect }: { readonly expect: Expectation; readonly meta?: DocumentMeta },
    signal: AbortSignal,
  ): Promise<StoredDocument> {
    const change = { ref, content, expect }
    const stored = await this.#bounded(() => changeDocument(this.#folder, change, signal), signal)
    return { content, etag: stored?.etag ?? '', meta: stored?.meta ?? {} }
  }

  async remove(
    ref: DocumentRef,
    { expect }: { readonly expect: Expectation },
    signal: AbortSignal,
  ): Promise<void> {
    const change = { ref, content: null, expect }
    await this.#bounded(() => changeDocument(this.#folder, change, signal), signal)
  }

  /** Every service reads the same file, so what is on disk is visible. */
  async awaitVisible(ref: DocumentRef, etag: string, signal: AbortSignal): Promise<void> {
    while ((await this.get(ref, signal))?.etag !== etag) await this.#folder.clock.sleep(lookAgainMs, signal)
  }

  history(ref: DocumentRef, signal: AbortSignal): Promise<readonly DocumentVersion[]> {
    return this.#bounded(async () => this.#folder.keeper.history(ref, await this.#readNow(ref)), signal)
  }

  version(ref: DocumentRef, id: string, signal: AbortSignal): Promise<StoredDocument | null> {
    return this.#bounded(async () => this.#folder.keeper.version(ref, id, await this.#readNow(ref)), signal)
  }

  async health(signal: AbortSignal): Promise<readonly CenterServerHealth[]> {
    return [await this.#bounded(() => folderHealth(this.#folder), signal)]
  }

  /** @throws CutoverError `system.refused` for a name that no document can have; for all else it keeps trying. */
  async *watch(ref: DocumentRef, signal: AbortSignal): AsyncIterable<StoredDocument | null> {
    requireNames(this.name, ref)
    const { directory, clock } = this.#folder
    const until = linkSignals(signal, this.#closed.signal)
    const read = (each: AbortSignal): Promise<StoredDocument | null> => this.get(ref, each)
    const etagNow = async (each: AbortSignal): Promise<string> => (await read(each))?.etag ?? ''
    const changes = openFileChanges(directory, ref, etagNow, clock)
    try {
      for await (const sight of followDocument(clock, changes, read, until.signal))
        if (sight.kind === 'seen' && sight.changed) yield sight.document
    } finally {
      until.unlink()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    return Promise.resolve()
  }

  async #readNow(ref: DocumentRef): Promise<ReadNow> {
    const place = await findPlace(this.name, this.#folder.directory, ref)
    const title = titleOf(this.#folder, ref)
    return { title, place, document: await readDocumentFile(place, title) }
  }

  /** A disk that does not answer keeps nobody waiting longer than the signal says. */
  async #bounded<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    return orAborted(work(), signal)
  }
}
