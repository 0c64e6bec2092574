import { CutoverError } from '../core/errors.ts'
import type { AccountState, FenceImage } from '../core/ports/database-server.ts'
import { formatAccountName, type AccountName } from '../core/refs.ts'
import type { StepContext } from '../core/step.ts'

/**
 * The account as the reversed run found it before its step `fence` took its rights.
 * @throws CutoverError `system.refused` when there is no such run, or its step fenced another account.
 */
export function accountBeforeFence(context: StepContext, fence: string, account: AccountName): AccountState {
  const { reversed } = context.ports
  if (!reversed) {
    throw new CutoverError(
      'system.refused',
      `${context.stepId} gives back what another run's ${fence} took`,
      {
        hint: 'Start it with cutover reverse RUN; or leave asBefore out, and the account gets INSERT, UPDATE and DELETE.',
      },
    )
  }
  const image = reversed.before(fence) as FenceImage | undefined
  const accounts = image?.kind === 'account' ? image.accounts : []
  const found = accounts.find((one) => one.account.user === account.user && one.account.host === account.host)
  if (found) return found
  throw new CutoverError(
    'system.refused',
    `run ${reversed.runId} has no fence ${fence} around ${formatAccountName(account)}`,
    { hint: 'Name its stop-writes step, and an account which that step fenced.' },
  )
}
