import { createAccountStatements, type AccountGrant } from './create-account.ts'
import { replicationGrants, replicationUser } from './replication.ts'
import { movedSchema, sourceSchema, targetSchema } from './schemas.ts'
import type { Secret } from '../../core/secret.ts'
import { randomPassword } from './random-password.ts'

/** Every account a lab may have, made by the lab or by a run. */
export const accountNames = [
  'orders_app',
  'billing_app',
  'shop_app',
  'stock_app',
  'orders_ro',
  'orders_rw',
  replicationUser,
] as const
export type AccountName = (typeof accountNames)[number]
export type AccountPasswords = Readonly<Record<AccountName, Secret>>

export function makePasswords(): AccountPasswords {
  return Object.fromEntries(accountNames.map((name) => [name, randomPassword(name)])) as Record<
    AccountName,
    Secret
  >
}

/** Statements that create the accounts of the source: one per service, or one that both services share. */
export function sourceAccounts(passwords: AccountPasswords, shared: boolean): readonly string[] {
  const services: readonly string[] = shared
    ? createAccountStatements('shop_app', passwords.shop_app, [
        ...writes(movedSchema),
        ...writes(sourceSchema),
      ])
    : [
        ...createAccountStatements('orders_app', passwords.orders_app, writes(movedSchema)),
        ...createAccountStatements('billing_app', passwords.billing_app, writes(sourceSchema)),
      ]
  return [...services, ...replicationAccount(passwords)]
}

/** Statements that create the accounts the target has before a run. */
export function targetAccounts(passwords: AccountPasswords): readonly string[] {
  return [
    ...createAccountStatements('stock_app', passwords.stock_app, writes(targetSchema)),
    ...replicationAccount(passwords),
  ]
}

function replicationAccount(passwords: AccountPasswords): readonly string[] {
  return createAccountStatements(replicationUser, passwords[replicationUser], replicationGrants)
}

function writes(schema: string): readonly AccountGrant[] {
  return [{ privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], on: `${schema}.*` }]
}
