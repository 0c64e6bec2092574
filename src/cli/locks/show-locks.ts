import { join } from 'node:path'
import { formatMs, startDeadline } from '../../core/deadline.ts'
import { toCutoverError, type CutoverError } from '../../core/errors.ts'
import { describeBreak, type LockRecord } from '../../core/lock-record.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { SeenLock } from '../../databases/break-run-lock.ts'
import { readJournal } from '../../runner/read-journal.ts'
import type { LockPlace } from './lock-views.ts'

/** Longest time for all places together, milliseconds. */
const lookWithinMs = 30_000

/** A place, and what it said or why it said nothing. */
export type SeenPlace =
  | { readonly place: LockPlace; readonly lock: SeenLock }
  | { readonly place: LockPlace; readonly lock?: undefined; readonly failure: CutoverError }

export async function lookAtLocks(
  places: readonly LockPlace[],
  outer: AbortSignal,
): Promise<readonly SeenPlace[]> {
  using deadline = startDeadline(systemClock, lookWithinMs, 'looking at the locks', outer)
  const { signal } = deadline
  return await Promise.all(
    places.map(async (place): Promise<SeenPlace> => {
      try {
        return { place, lock: await place.look(signal) }
      } catch (error) {
        outer.throwIfAborted()
        return { place, failure: toCutoverError(error) }
      }
    }),
  )
}

/** Every lock with who, why, since when and where; then what would break it. */
export async function showLocks(
  seen: readonly SeenPlace[],
  { target, runs }: { readonly target: string; readonly runs: string },
): Promise<string> {
  const held = seen.flatMap(({ lock }) => (lock?.record && lock.record.runId !== '' ? lock.record : []))
  const journals = await Promise.all(
    [...new Set(held.map(({ runId }) => runId))].map((id) => tellJournal(runs, id)),
  )
  const commands = [...new Map(held.map((record) => [record.lockId, record])).values()].map(
    ({ lockId, runId }) =>
      `To break the lock of run ${runId}: cutover unlock ${target} --lock-id ${lockId} --reason "…"`,
  )
  return `${[...seen.flatMap(tellPlace), ...journals, ...commands].join('\n')}\n`
}

function tellPlace(seen: SeenPlace): readonly string[] {
  const { where } = seen.place
  if (!seen.lock) return [where, line('unknown', seen.failure.message)]
  const { record, session } = seen.lock
  const alive =
    session === undefined ? [] : [line('process', `alive as far as the server knows: session ${session}`)]
  const broken = record?.broken ? [line('last', describeBreak(record.broken))] : []
  if (!record || record.runId === '') {
    const epoch = record ? `epoch ${record.epoch}` : 'no run was ever here'
    return [where, line('free', epoch), ...alive, ...broken]
  }
  return [where, ...tellHolder(record), ...alive, ...broken]
}

function tellHolder(record: LockRecord): readonly string[] {
  const { runId, by, since, reason, step, stepAt, lockId, epoch } = record
  return [
    line('run', runId),
    line('who', by),
    line('since', `${since}${age(since)}`),
    line('why', reason),
    ...(step === '' ? [] : [line('step', `${step} since ${stepAt}${age(stepAt)}`)]),
    line('lock id', `${lockId}, epoch ${epoch}`),
  ]
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(8)} ${text}`
}

function age(at: string): string {
  const ms = systemClock.now().getTime() - Date.parse(at)
  return Number.isNaN(ms) ? '' : `, ${formatMs(Math.max(0, ms))} ago`
}

async function tellJournal(runs: string, runId: string): Promise<string> {
  const entries = await readJournal(join(runs, runId)).catch(() => undefined)
  if (!entries) return `The journal of run ${runId} is not in ${runs}.`
  const last = entries.at(-1)
  if (!last) return `Run ${runId} never began: cutover resume ${runId} lets go of its lock.`
  return `The last entry in the journal of run ${runId} is ${last.type} at ${last.at}${age(last.at)}.`
}
