import { CutoverError } from '../core/errors.ts'
import type { LoginResult } from '../core/ports/database-server.ts'
import { formatAccountName, type AccountName } from '../core/refs.ts'
import type { SecretRef } from '../core/secret.ts'
import type { StepContext } from '../core/step.ts'

/** An account of a playbook together with the reference to its password. */
export interface AccountWithPassword {
  readonly database: string
  readonly account: AccountName
  readonly password: SecretRef
}

/** `account 'orders_ro'@'%' on target` */
export function accountTitle(want: Pick<AccountWithPassword, 'database' | 'account'>): string {
  return `account ${formatAccountName(want.account)} on ${want.database}`
}

/** Does the password of the playbook open the account? */
export async function tryLogin(
  context: StepContext,
  want: AccountWithPassword,
  schema?: string,
): Promise<LoginResult> {
  const password = await context.ports.secrets.resolve(want.password, context.signal)
  const credentials = { user: want.account.user, password }
  return context.ports.database(want.database).canLogIn(credentials, schema, context.signal)
}

/** @throws CutoverError `conflict`: the account has another password, so it is not this playbook's to change. */
export async function requireLogin(context: StepContext, want: AccountWithPassword): Promise<void> {
  const login = await tryLogin(context, want)
  if (login.ok) return
  throw new CutoverError(
    'conflict',
    `${accountTitle(want)} exists, but ${want.password} does not open it: ${login.reason}`,
    {
      where: want.database,
      hint: `Put the account's present password behind ${want.password}, or name another account. It was not changed.`,
    },
  )
}
