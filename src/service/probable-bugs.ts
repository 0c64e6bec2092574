import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Clock } from '../core/ports/clock.ts'
import { systemClock } from '../core/system-clock.ts'
import type { Decision } from './classify.ts'
import { guarded } from './guarded.ts'
import { sqlFingerprint } from './observe/sql-fingerprint.ts'
import { sqlOf } from './sql-of.ts'

/**
 * A statement that is refused each time, and never succeeded when nothing refused it. An account without write rights
 * is refused before the server looks at tables and columns, so a wrong statement then looks like a refused one.
 */
export interface ProbableBug {
  /** See `sqlFingerprint`: the same statement has the same one in every process. */
  readonly fingerprint: string
  readonly errno: number | undefined
  /** How often it has been refused so far. */
  readonly refused: number
}

/** Learns which writes succeed, and notices those that are only ever refused. */
export interface ProbableBugs extends Disposable {
  /** An error was answered "upgrading". */
  refused(error: unknown, decision: Decision): void
  /** A statement succeeded. Called by itself for every mysql2 in the process; for other drivers, call it. */
  succeeded(sql: string): void
  /** Those known now, in the order they were noticed. */
  readonly found: readonly ProbableBug[]
}

export interface BugOptions {
  /** Called once for each. */
  readonly onBug?: (bug: ProbableBug) => void
  /** Says nothing before it has watched this long what succeeds, milliseconds. Default 600 000: ten minutes. */
  readonly learnMs?: number
  /** How many forms of statements are kept in memory; with more, it says nothing. Default 2000. */
  readonly limit?: number
  readonly clock?: Clock
}

const channels = ['tracing:mysql2:query:asyncEnd', 'tracing:mysql2:execute:asyncEnd']
const noWrite = /^\s*(?:select|show|set|begin|start|commit|rollback|use|desc|explain|savepoint|release)\b/i

/**
 * Watches the statements of every mysql2 in this process through its diagnostics channels. A write sent by `query`
 * costs about 10 µs, one sent by `execute` whose text was seen before a tenth of one, a read next to nothing. Keeps
 * fingerprints, never texts.
 */
export function watchForBugs(options: BugOptions = {}): ProbableBugs {
  const { learnMs = 600_000, limit = 2000, clock = systemClock } = options
  const beganAt = clock.monotonicMs()
  let learntMs = 0
  let forgot = false
  const good = new Set<string>()
  /** Texts that have succeeded, in the very same letters: most services send few, with values beside them. */
  const sameTexts = new Set<number>()
  const refusals = new Map<string, ProbableBug>()
  const found = new Map<string, ProbableBug>()
  for (const channel of channels) subscribe(channel, hear)

  return {
    refused,
    succeeded,
    get found() {
      return [...found.values()]
    },
    [Symbol.dispose]() {
      for (const channel of channels) unsubscribe(channel, hear)
    },
  }

  function hear(message: unknown): void {
    const { query, error } = message as { readonly query?: unknown; readonly error?: unknown }
    if (error === undefined && typeof query === 'string') succeeded(query)
  }

  function succeeded(sql: string): void {
    if (noWrite.test(sql)) return
    learntMs = clock.monotonicMs() - beganAt
    const text = quickHash(sql)
    if (sameTexts.has(text)) return
    // A text with its values inside does not come again.
    if (sql.includes('?') && sameTexts.size < limit) sameTexts.add(text)
    const fingerprint = sqlFingerprint(sql)
    remember(good, fingerprint)
    refusals.delete(fingerprint)
    found.delete(fingerprint)
  }

  function refused(error: unknown, { errno }: Decision): void {
    const sql = sqlOf(error)
    if (sql === undefined || noWrite.test(sql)) return
    const fingerprint = sqlFingerprint(sql)
    if (good.has(fingerprint)) return
    const bug = { fingerprint, errno, refused: (refusals.get(fingerprint)?.refused ?? 0) + 1 }
    if (!refusals.has(fingerprint) && refusals.size >= limit) return
    refusals.set(fingerprint, bug)
    if (forgot || learntMs < learnMs) return
    const known = found.has(fingerprint)
    found.set(fingerprint, bug)
    if (!known) guarded(() => options.onBug?.(bug))
  }

  function remember(forms: Set<string>, fingerprint: string): void {
    if (forms.has(fingerprint)) return
    if (forms.size >= limit) forgot = true
    else forms.add(fingerprint)
  }
}

/** 32 bits of FNV-1a: where two texts share them, one statement is not learnt. */
function quickHash(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}
