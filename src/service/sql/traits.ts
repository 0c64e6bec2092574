import type { StatementTraits, TransactionEffect } from './statement-traits.ts'

const known = new Map<string, StatementTraits>()

/** The same object for the same traits, so that a description costs no memory. */
export function traits(
  mayWrite: boolean,
  transaction: TransactionEffect,
  leavesState: boolean,
  several = false,
): StatementTraits {
  const key = `${mayWrite ? 'w' : 'r'}${leavesState ? 's' : '-'}${several ? 'm' : '1'} ${transaction}`
  let found = known.get(key)
  if (found === undefined) {
    found = Object.freeze({ mayWrite, transaction, leavesState, several })
    known.set(key, found)
  }
  return found
}

/** Of one statement of which nothing can be said. */
export const unknownStatement = traits(true, 'unclear', true)

/** Of a text of which nothing can be said. */
export const unknownText = traits(true, 'unclear', true, true)

/** Nothing is there to run. */
export const emptyText = traits(false, 'none', false)

/** What is true of either is true of both together; effects on the transaction that differ are unclear. */
export function combine(one: StatementTraits, other: StatementTraits, several: boolean): StatementTraits {
  return traits(
    one.mayWrite || other.mayWrite,
    one.transaction === other.transaction ? one.transaction : 'unclear',
    one.leavesState || other.leavesState,
    several || one.several || other.several,
  )
}
