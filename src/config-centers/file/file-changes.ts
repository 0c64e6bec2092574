import type { FSWatcher } from 'node:fs'
import { watch } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../core/ports/clock.ts'
import type { DocumentRef } from '../../core/ports/config-center.ts'
import type { ChangeSignal } from '../shared/change-signal.ts'

/** Milliseconds between looks where nothing tells of changes: network file systems, a folder that was replaced. */
const pollMs = 1000
/** Milliseconds. Editors and git write a file in several goes: what two looks this far apart both see is done. */
const settleMs = 50
/** Milliseconds. Git removes a file before it writes it anew, and on a busy machine much may come between. */
const goneMs = 500

/**
 * Waits for changes of a document's file: the file system's own notices where they work, and a slow look as a net.
 * @param look the version there is now, '' when there is none.
 */
export function openFileChanges(
  directory: string,
  ref: DocumentRef,
  look: (signal: AbortSignal) => Promise<string>,
  clock: Clock,
): ChangeSignal {
  return {
    async wait(etag, signal) {
      const noticed = watchFolders([join(directory, ref.group), directory])
      try {
        for (let seen = await look(signal); ; seen = await look(signal)) {
          if (seen === etag) await noticed.orAfter(pollMs, clock, signal)
          else await clock.sleep(seen === '' ? goneMs : settleMs, signal)
          if (seen !== etag && (await look(signal)) === seen) return true
        }
      } finally {
        noticed.close()
      }
    },
  }
}

interface Noticed {
  /** Resolves soon after something happened in the folders, at the latest after `ms`. */
  orAfter(ms: number, clock: Clock, signal: AbortSignal): Promise<void>
  close(): void
}

function watchFolders(folders: readonly string[]): Noticed {
  let happened = false
  let wake = (): void => undefined
  const notice = (): void => {
    happened = true
    wake()
  }
  const watchers = folders.flatMap((folder) => watchFolder(folder, notice) ?? [])
  return {
    async orAfter(ms, clock, signal) {
      const rest = new AbortController()
      const stop = (): void => rest.abort(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
      wake = () => rest.abort()
      if (happened) wake()
      try {
        await clock.sleep(ms, rest.signal).catch(() => signal.throwIfAborted())
        happened = false
      } finally {
        wake = () => undefined
        signal.removeEventListener('abort', stop)
      }
    },
    close: () => watchers.forEach((watcher) => watcher.close()),
  }
}

/** Undefined: this file system does not tell, the folder is not there yet, or there are too many watchers. */
function watchFolder(folder: string, notice: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, notice)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined // the slow look does it
  }
}
