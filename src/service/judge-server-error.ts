import type { ErrorClass, ErrorMeaning } from '../databases/error-meaning.ts'
import { errorMeanings, meaningOf } from '../databases/error-meaning.ts'
import type { DriverError } from './find-driver-errors.ts'
import { namesReadOnlyOption, refusedAWrite } from './refused-verbs.ts'
import type { UnitContext } from './unit-context.ts'
import type { Verdict } from './verdict.ts'
import { fateOfCutOff } from './verdict.ts'

/** Judges an error packet of the server by its number, its message where the number is shared, and the unit. */
export function judgeServerError(
  errno: number,
  { message, ofStatement }: Pick<DriverError, 'message' | 'ofStatement'>,
  context: UnitContext,
): Verdict {
  const meaning = meaningFor(errno, context)
  if (meaning === undefined) return bug(`Error ${errno} has nothing to do with a cutover.`)
  const other = otherwise(meaning, message, ofStatement)
  if (other !== undefined) return bug(`${meaning.symbol}, but ${other}.`)
  // Nobody has seen it answer a statement, so nobody knows what became of that.
  const open = ofStatement && meaning.asStatement === 'unknown'
  return judgeMeaning(open ? { ...meaning, class: 'unknown' } : meaning, context)
}

/** Why the number does not mean here what its row says; undefined when it does. */
function otherwise(meaning: ErrorMeaning, message: string, ofStatement: boolean): string | undefined {
  if (meaning.onlyWith !== undefined && !message.includes(meaning.onlyWith)) return 'not of that kind'
  if (meaning.refusesWrites === 'by-option' && !namesReadOnlyOption(message)) {
    return 'the option is not read-only'
  }
  if (meaning.refusesWrites === 'by-verb' && !refusedAWrite(message)) return 'no write was refused'
  return ofStatement && meaning.asStatement === 'bug' ? 'not at login' : undefined
}

/** What a row says of a unit, whatever the words of the message. */
export function judgeMeaning(meaning: ErrorMeaning, context: UnitContext): Verdict {
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
  if (meaning.class === 'bug') return 'bug'
  if (meaning.class === 'unknown') return fateOfCutOff(context, meaning.endsSession !== true)
  if (context.sent === false) return meaning.class === 'capacity' ? 'capacity' : 'rejected'
  const couldHaveCommitted = context.commitSent === true || context.inTransaction !== true
  // The statements before the refused one stand.
  if (context.multiStatement === true && couldHaveCommitted) return 'unknown'
  if (context.commitSent === true) return classOnCommit(meaning, context)
  return context.inTransaction === true ? classInTransaction(meaning) : classAlone(meaning, context)
}

function classOnCommit(meaning: ErrorMeaning, context: UnitContext): ErrorClass {
  if (meaning.onCommit === 'still-open') return 'statement-rejected'
  if (meaning.onCommit === 'rolled-back' || meaning.class === 'rejected-and-rolled-back') {
    return 'rejected-and-rolled-back'
  }
  return fateOfCutOff(context, true)
}

function classInTransaction(meaning: ErrorMeaning): ErrorClass {
  if (meaning.endsSession === true) return 'rejected-and-rolled-back'
  return meaning.class === 'rejected' ? 'statement-rejected' : meaning.class
}

/** Where there surely was no transaction, there is none to be rolled back. */
function classAlone(meaning: ErrorMeaning, context: UnitContext): ErrorClass {
  const surelyAlone = context.inTransaction === false
  return meaning.class === 'statement-rejected' && surelyAlone ? 'rejected' : meaning.class
}
