import type { ErrorClass, ErrorMeaning } from '../databases/error-meaning.ts'
import { errorMeanings, meaningOf } from '../databases/error-meaning.ts'
import { namesReadOnlyOption, refusedAWrite } from './refused-verbs.ts'
import type { UnitContext } from './unit-context.ts'
import type { Verdict } from './verdict.ts'
import { fateOfCutOff } from './verdict.ts'

/** Judges an error packet of the server by its number, its message where the number is shared, and the unit. */
export function judgeServerError(errno: number, message: string, context: UnitContext): Verdict {
  const meaning = meaningFor(errno, context)
  if (meaning === undefined) return bug(`Error ${errno} has nothing to do with a cutover.`)
  if (meaning.refusesWrites === 'by-option' && !namesReadOnlyOption(message)) {
    return bug(`${meaning.symbol}, but the option is not read-only.`)
  }
  if (meaning.refusesWrites === 'by-verb' && !refusedAWrite(message)) {
    return bug(`${meaning.symbol}, but no write was refused.`)
  }
  return judgeMeaning(meaning, context)
}

function judgeMeaning(meaning: ErrorMeaning, context: UnitContext): Verdict {
  const inUnit = classInUnit(meaning, context)
  const fate = inUnit === 'unknown' ? 'whether the unit took effect is not known' : meaning.when
  const refused = meaning.refusesWrites !== false && inUnit !== 'unknown'
  return { class: inUnit, mayShowUpgrading: refused, why: `${meaning.symbol}: ${fate}.` }
}

function bug(why: string): Verdict {
  return { class: 'bug', mayShowUpgrading: false, why }
}

/** Without a flavour, a number that on one product leaves the fate open is taken as that. */
function meaningFor(errno: number, context: UnitContext): ErrorMeaning | undefined {
  const meaning = meaningOf(errno, context.flavour)
  if (meaning !== undefined || context.flavour !== undefined) return meaning
  return errorMeanings.find((row) => row.errno === errno && row.class === 'unknown')
}

function classInUnit(meaning: ErrorMeaning, context: UnitContext): ErrorClass {
  if (meaning.class === 'bug' || meaning.class === 'capacity') return meaning.class
  // KILL QUERY ends the statement only; every other error with an open fate ends the session.
  if (meaning.class === 'unknown') return fateOfCutOff(context, meaning.symbol === 'ER_QUERY_INTERRUPTED')
  // The statements before the refused one have committed.
  if (context.multiStatement === true && context.inTransaction !== true) return 'unknown'
  // A server that refuses COMMIT has rolled the transaction back.
  if (context.commitSent === true) return 'rejected-and-rolled-back'
  return context.inTransaction === true && meaning.class === 'rejected' ? 'statement-rejected' : meaning.class
}
