import type { ErrorClass } from '../databases/error-meaning.ts'
import { clientFate } from './client-errors.ts'
import type { DriverError } from './find-driver-errors.ts'
import { findDriverErrors } from './find-driver-errors.ts'
import { judgeClientError } from './judge-client-error.ts'
import { judgeGateError } from './judge-gate-error.ts'
import { judgeServerError } from './judge-server-error.ts'
import type { UnitContext } from './unit-context.ts'
import { recallUnit } from './unit-context.ts'
import type { Verdict } from './verdict.ts'

export type { ErrorClass } from '../databases/error-meaning.ts'
export type { UnitContext } from './unit-context.ts'
export { rememberUnit } from './unit-context.ts'

/** What an error means for the unit of work it ended. */
export interface Decision {
  readonly class: ErrorClass
  /** True: the whole unit (not one statement of it) definitely did nothing and may run again by itself. */
  readonly mayReplay: boolean
  /** True: a fence or the gate refused the write, so in an announced window "system upgrading" is the honest answer. */
  readonly mayShowUpgrading: boolean
  /** One sentence for logs; no SQL, no host, no data. */
  readonly why: string
  /** The server's error number; undefined for errors of the client and errors that are no database errors. */
  readonly errno: number | undefined
  /** Where in the thrown value it was found, such as `error.cause`; undefined when nothing was found. */
  readonly path: string | undefined
}

/**
 * Says what a database error means during a cutover. Goes by the server's number and flavour, never by the driver's
 * `code`, which names MariaDB's errors after MySQL's table. What is not known is a bug and never "upgrading".
 * @param error whatever was thrown: a driver's error, one that an ORM wrapped, an aggregate. Never makes it throw.
 * @param context default: what {@link rememberUnit} was told about this error, else an autocommit write.
 */
export function classify(error: unknown, context: UnitContext = recallUnit(error) ?? {}): Decision {
  const judged = findDriverErrors(error).flatMap((found) => judge(found, context))
  // Array.sort is stable: among equals the nearest counts.
  const decisive = judged.sort((a, b) => rank(a) - rank(b))[0]
  if (decisive !== undefined) return toDecision(decisive)
  const why = 'It is not a database error the kit knows.'
  return toDecision({ verdict: { class: 'bug', mayShowUpgrading: false, why } })
}

interface Judged {
  readonly verdict: Verdict
  readonly errno?: number
  readonly path?: string
}

function judge(error: DriverError, context: UnitContext): Judged[] {
  const { errno, gate, path } = error
  if (gate !== undefined) return [{ verdict: judgeGateError(gate), path }]
  if (errno !== undefined) return [{ verdict: judgeServerError(errno, error, context), errno, path }]
  const fate = clientFate(error)
  return fate === undefined ? [] : [{ verdict: judgeClientError(fate, context), path }]
}

const severity: readonly ErrorClass[] = [
  'capacity',
  'statement-rejected',
  'rejected-and-rolled-back',
  'rejected',
]

/**
 * Of several errors in one wrapper a bug counts first, then an open fate. Of the harmless ones what the server said
 * explains more than what its client made of it.
 */
function rank({ verdict, errno }: Judged): number {
  if (verdict.class === 'bug') return 0
  if (verdict.class === 'unknown') return 1
  return 2 + severity.indexOf(verdict.class) + (errno === undefined ? severity.length : 0)
}

function toDecision({ verdict, errno, path }: Judged): Decision {
  const mayReplay = verdict.class !== 'bug' && verdict.class !== 'unknown'
  return { ...verdict, mayReplay, errno, path }
}
