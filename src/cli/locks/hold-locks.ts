import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { foldJournal } from '../../core/fold.ts'
import type { JournalEntry } from '../../core/journal-entry.ts'
import type { LockRecord } from '../../core/lock-record.ts'
import type { Playbook } from '../../core/playbook.ts'
import type { Ports, Secrets } from '../../core/ports/index.ts'
import type { Redactor } from '../../core/redact.ts'
import type { RunState } from '../../core/run-state.ts'
import { systemClock } from '../../core/system-clock.ts'
import { readJournal } from '../../runner/read-journal.ts'
import type { LateLock } from './late-lock.ts'
import { takeRunLocks, type RunLocks } from './run-locks.ts'
import { whoAmI } from '../people/who-am-i.ts'

/** What of a run's session its locks need. */
export interface LockedSession {
  readonly playbook: Playbook
  readonly runId: string
  readonly directory: string
  readonly redactor: Redactor
  readonly lock: LateLock
  readonly ports: Ports
  readonly secrets: Secrets
  readonly signal: AbortSignal
  readonly terminal: { say(text: string): void }
}

/**
 * Takes the locks of a run. From then on every deed asks whether they are still held.
 * @throws CutoverError `locked` when another run holds one.
 */
export async function holdLocks(session: LockedSession): Promise<RunLocks> {
  const { playbook, runId, directory, redactor, lock, ports, secrets, signal, terminal } = session
  const say = (text: string): void => terminal.say(text)
  const runs = dirname(directory)
  const locks = await takeRunLocks(
    {
      playbook,
      secrets,
      center: (name) => ports.configCenter(name),
      clock: systemClock,
      takenUp: (await readState(directory)) !== undefined,
      say,
      wish: {
        lockId: lock.lockId,
        runId,
        by: `${whoAmI()}@${hostname()} pid ${process.pid}`,
        reason: redactor.redact(playbook.purpose || playbook.name),
        isOver: async (held) => isMovedBack(held, ports, say) || (await isOver(runs, held, say)),
      },
    },
    signal,
  )
  lock.hold(locks)
  return locks
}

/** Lets go of the locks when nothing is left to do for the run: of one that is parked or stranded they stay. */
export async function freeIfOver(locks: RunLocks, journal: Promise<readonly JournalEntry[]>): Promise<void> {
  // What cannot be read is no reason to let go.
  const entries = await journal.catch(() => undefined)
  if (entries && needsNobody(foldJournal(entries))) await locks.free()
}

/** True: it is complete or walked back, or ended before it changed anything. */
export function needsNobody(state: RunState): boolean {
  switch (state.ended) {
    case 'completed':
    case 'undone':
      return true
    case 'stopped':
      return [...state.items.values()].every((item) => !item.touched)
    case 'stranded':
      return false
    case undefined:
      return state.runId === ''
  }
}

/** The item that an entry is about, as far as it is worth knowing who only sees the lock. */
export function stepOf(entry: JournalEntry): string | undefined {
  switch (entry.type) {
    case 'gate.waiting':
    case 'step.intended':
      return entry.id
    case 'undo.intended':
      return `undo of ${entry.id}`
    default:
      return undefined
  }
}

/** What a run that was left standing still holds goes to the one that moves it back. */
function isMovedBack({ runId }: LockRecord, { reversed }: Ports, say: (text: string) => void): boolean {
  if (runId === '' || reversed?.runId !== runId) return false
  say(`Run ${runId} still has a lock; it is moved back by this run, which takes it over.`)
  return true
}

/** A run whose process died between its end and letting go of the lock, when its journal is here to say so. */
async function isOver(runs: string, { runId }: LockRecord, say: (text: string) => void): Promise<boolean> {
  const state = await readState(join(runs, runId))
  if (!state || !needsNobody(state)) return false
  say(`Run ${runId} still has a lock and needs it no more (${state.ended}): this run takes it over.`)
  return true
}

/** Undefined: there is no journal, or it has not begun. */
async function readState(directory: string): Promise<RunState | undefined> {
  const entries = await readJournal(directory).catch(() => [])
  return entries.length === 0 ? undefined : foldJournal(entries)
}
