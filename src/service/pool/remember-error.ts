import { recallUnit, rememberUnit } from '../unit-context.ts'
import type { Operation } from './operation.ts'
import type { PoolCore } from './pool-core.ts'

/**
 * Remembers what an error was the answer to. A connection that is lost gives the same error to everything that was
 * sent on it: then the most dangerous of it counts for all.
 */
export function rememberError(error: Error, operation: Operation, core: PoolCore): void {
  const own = operation.context(core.current.flavour)
  const other = recallUnit(error)
  if (other === undefined) {
    rememberUnit(error, own)
    return
  }
  rememberUnit(error, {
    ...own,
    inTransaction: own.inTransaction === true && other.inTransaction === true,
    commitSent: own.commitSent === true || other.commitSent === true,
    statementIsWrite: own.statementIsWrite !== false || other.statementIsWrite !== false,
    multiStatement: own.multiStatement === true || other.multiStatement === true,
  })
}
