import type { ClientFate } from './client-errors.ts'
import type { UnitContext } from './unit-context.ts'
import type { Verdict } from './verdict.ts'
import { fateOfCutOff } from './verdict.ts'

/** Judges an error the client made itself: whether the statement was sent, and what became of its transaction. */
export function judgeClientError(fate: ClientFate, context: UnitContext): Verdict {
  return judges[fate](context)
}

const judges: Readonly<Record<ClientFate, (context: UnitContext) => Verdict>> = {
  'not-sent': (context) => neverSent(context, 'The statement was never sent.'),
  'session-gone': (context) => neverSent(context, 'The connection was gone before the statement was sent.'),
  'no-connection': () => ({
    class: 'capacity',
    mayShowUpgrading: false,
    why: 'The pool had no connection to give.',
  }),
  'timed-out': (context) => ({
    // Even inside a transaction: until the connection is destroyed the statement may still succeed.
    class: context.statementIsWrite === false ? 'rejected' : 'unknown',
    mayShowUpgrading: false,
    why: 'The client stopped waiting while the server went on executing.',
  }),
  lost: (context) => {
    // Connecting failed half way. Like a server that does not listen, it has to look like the outage it is.
    if (context.sent === false) return neverSent(context, 'The connection was lost while it was made.')
    const inUnit = fateOfCutOff(context, false)
    if (inUnit === 'unknown') {
      const why = 'The connection was lost; whether the write took effect is not known.'
      return { class: inUnit, mayShowUpgrading: false, why }
    }
    // A fence ends sessions, so during a window this is its doing.
    const why = 'The connection was lost and nothing was written.'
    return { class: inUnit, mayShowUpgrading: true, why }
  },
}

/**
 * Nothing of this statement happened. A COMMIT sent earlier on the same connection keeps its open fate. Not
 * "upgrading": a server that cannot be reached is an outage, and has to look like one.
 */
function neverSent(context: UnitContext, why: string): Verdict {
  if (context.commitSent === true) {
    return { class: 'unknown', mayShowUpgrading: false, why: `${why} A COMMIT had been sent before it.` }
  }
  const gone = context.inTransaction === true
  return { class: gone ? 'rejected-and-rolled-back' : 'rejected', mayShowUpgrading: false, why }
}
