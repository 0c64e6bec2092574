import type { ErrorMeaning } from '../../databases/error-meaning.ts'
import { judgeMeaning } from '../../service/judge-server-error.ts'
import type { UnitContext } from '../../service/unit-context.ts'
import type { Verdict } from '../../service/verdict.ts'

/** Where an error can meet a unit of work, and what it means there. */
export interface Situation {
  readonly name: string
  readonly verdict: Verdict
  /** May the whole unit run again by itself? */
  readonly mayReplay: boolean
}

const connecting = ['while connecting', { sent: false }] as const
const working: readonly (readonly [name: string, context: UnitContext])[] = [
  ['one statement alone', { inTransaction: false }],
  ['in a transaction', { inTransaction: true }],
  ['on COMMIT', { inTransaction: true, commitSent: true }],
]

/** What the library would say of the error in each situation: computed, so that it cannot differ from it. */
export function situationsOf(meaning: ErrorMeaning): readonly Situation[] {
  return contextsOf(meaning).map(([name, context]) => {
    const verdict = judgeMeaning(meaning, context)
    return { name, verdict, mayReplay: verdict.class !== 'bug' && verdict.class !== 'unknown' }
  })
}

function contextsOf(meaning: ErrorMeaning): readonly (readonly [name: string, context: UnitContext])[] {
  if (meaning.class === 'bug') return [['anywhere', {}]]
  if (meaning.asStatement !== undefined) return [connecting]
  return meaning.class === 'capacity' ? [connecting, ...working] : working
}

/** What else must hold for the number to mean this; without it, it is a bug. */
export function conditionOf({ refusesWrites, onlyWith, asStatement }: ErrorMeaning): string | undefined {
  if (refusesWrites === 'by-option') return 'the message names --read-only or --super-read-only'
  if (refusesWrites === 'by-verb') return 'the refused verb in the message is a write'
  if (onlyWith !== undefined) return `the message says "${onlyWith}"`
  return asStatement === undefined ? undefined : 'it answers a login'
}

/** Under which condition it is shown as "upgrading"; undefined: never. */
export function upgradingWhen({ refusesWrites }: ErrorMeaning): string | undefined {
  return refusesWrites === false ? undefined : 'only in an announced window, and only where nothing was done'
}
