import type { ErrorClass } from '../databases/error-meaning.ts'
import { clientFate, connectorPoolTimeout } from './client-errors.ts'
import type { DriverError } from './find-driver-errors.ts'
import { findDriverErrors } from './find-driver-errors.ts'
import { judgeClientError } from './judge-client-error.ts'
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
  /** True: a fence refused the write, so during an announced window "system upgrading" is the honest answer. */
  readonly mayShowUpgrading: boolean
  /** One sentence for logs; no SQL, no host, no data. */
  readonly why: string
  /** The server's error number; undefined for errors of the client and errors that are no database errors. */
  readonly errno: number | undefined
  /** Where in the thrown value it was found, such as `error.cause`; undefined when nothing was found. */
  readonly path: string | undefined
}

// Of several database errors in one wrapper the most bug-like counts, then the most dangerous.
const severity: readonly ErrorClass[] = [
  'bug',
  'unknown',
  'capacity',
  'statement-rejected',
  'rejected-and-rolled-back',
  'rejected',
]

/**
 * Says what a database error means during a cutover. Goes by the server's number and flavour, never by the driver's
 * `code`, which names MariaDB's errors after MySQL's table. What is not known is a bug and never "upgrading".
 * @param context default: what {@link rememberUnit} was told about this error, else an autocommit write.
 */
export function classify(error: unknown, context: UnitContext = recallUnit(error) ?? {}): Decision {
  const errors = findDriverErrors(error)
  return (
    byServer(errors, context) ??
    byClient(errors, context) ??
    toDecision(undefined, {
      class: 'bug',
      mayShowUpgrading: false,
      why: 'It is not a database error the kit knows.',
    })
  )
}

function byServer(errors: readonly DriverError[], context: UnitContext): Decision | undefined {
  const decisions = errors.flatMap((error) => {
    if (error.errno === undefined || error.errno === connectorPoolTimeout) return []
    return [toDecision(error, judgeServerError(error.errno, error.message, context))]
  })
  return decisions.sort((a, b) => severity.indexOf(a.class) - severity.indexOf(b.class))[0]
}

function byClient(errors: readonly DriverError[], context: UnitContext): Decision | undefined {
  for (const error of errors) {
    const fate = clientFate(error)
    if (fate !== undefined) return toDecision({ ...error, errno: undefined }, judgeClientError(fate, context))
  }
  return undefined
}

function toDecision(error: DriverError | undefined, verdict: Verdict): Decision {
  const mayReplay = verdict.class !== 'bug' && verdict.class !== 'unknown'
  return { ...verdict, mayReplay, errno: error?.errno, path: error?.path }
}
