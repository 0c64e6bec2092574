import type { ErrorCounts } from '../../core/instance-status.ts'
import type { ErrorClass } from '../../databases/error-meaning.ts'
import { errorMeanings } from '../../databases/error-meaning.ts'
import type { Decision } from '../classify.ts'

/** What was done with an error that came in a window. */
export type ErrorFate = 'mapped' | 'passed' | 'unknown'

/** One kind of error, and how often it came. The number is one of the kit's table, `other`, or `none`. */
export interface ErrorRow {
  readonly class: ErrorClass
  readonly errno: string
  readonly fate: ErrorFate
  readonly count: number
}

/** Counts the errors of a window, in a bounded number of rows. */
export interface ErrorTally {
  /** For `onDecision` of the middleware: what was decided, and whether there was an answer for the user. */
  decided(event: { readonly decision: Decision; readonly answer: unknown }): void
  count(decision: Pick<Decision, 'class' | 'errno'>, fate: ErrorFate): void
  counts(): ErrorCounts
  rows(): readonly ErrorRow[]
}

const known: ReadonlySet<number> = new Set(errorMeanings.map(({ errno }) => errno))

export function createErrorTally(): ErrorTally {
  const rows = new Map<string, { -readonly [Field in keyof ErrorRow]: ErrorRow[Field] }>()
  const counts = { mapped: 0, passed: 0, unknown: 0 }

  function count(decision: Pick<Decision, 'class' | 'errno'>, fate: ErrorFate): void {
    const errno = numberOf(decision.errno)
    const id = `${decision.class} ${errno} ${fate}`
    const row = rows.get(id) ?? { class: decision.class, errno, fate, count: 0 }
    rows.set(id, row)
    row.count += 1
    counts[fate] += 1
  }

  return {
    count,
    decided({ decision, answer }) {
      count(decision, decision.class === 'unknown' ? 'unknown' : answer === undefined ? 'passed' : 'mapped')
    },
    counts: () => ({ ...counts }),
    rows: () => [...rows.values()],
  }
}

/** A server may make up any number, so those that are not in the table share a row. */
function numberOf(errno: number | undefined): string {
  if (errno === undefined) return 'none'
  return known.has(errno) ? String(errno) : 'other'
}
