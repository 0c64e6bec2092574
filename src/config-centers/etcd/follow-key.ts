import { isCutoverError } from '../../core/errors.ts'
import type { DocumentRef, StoredDocument } from '../../core/ports/config-center.ts'
import type { ChangeSignal } from '../shared/change-signal.ts'
import type { EtcdConnection } from './etcd-connection.ts'
import { documentOf, readDocument } from './read-document.ts'
import { watchLineOf, watchRequest } from './watch-request.ts'

// A connection that died without a word is noticed when this is over.
const lifetimeMs = 30_000
const pollEveryMs = 500

/** Reads one document, and waits for a change of what was read last. */
export interface FollowedKey {
  readonly changes: ChangeSignal
  readonly read: (signal: AbortSignal) => Promise<StoredDocument | null>
}

/**
 * Every wait is a watch from the revision right after the last reading, so that no change falls between the two. Where
 * no watch is to be had (a proxy keeps streams back, a member has no leader), the document is read in short intervals.
 */
export function followKey(connection: EtcdConnection, ref: DocumentRef): FollowedKey {
  let readAt = 0n
  return {
    async read(signal) {
      const { row, revision } = await readDocument(connection, ref, signal)
      readAt = revision
      return row && documentOf(row)
    },
    changes: {
      async wait(_, signal) {
        const began = connection.clock.monotonicMs()
        const changed = await watch(connection, ref, readAt + 1n, signal)
        const saidNothing = !changed && connection.clock.monotonicMs() - began < lifetimeMs / 2
        if (saidNothing) await connection.clock.sleep(pollEveryMs, signal)
        return changed
      },
    },
  }
}

/** True: a change was told. False: the watch is over, or there was none; reading says why. */
async function watch(
  connection: EtcdConnection,
  ref: DocumentRef,
  from: bigint,
  signal: AbortSignal,
): Promise<boolean> {
  let changed = false
  const isEnough = (line: string): boolean => {
    const { changes, ended } = watchLineOf(line)
    changed = changes.length > 0
    return changed || ended
  }
  try {
    await connection.read(watchRequest(connection, ref, from, { isEnough, lifetimeMs }), signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!isCutoverError(error)) throw error
  }
  return changed
}
