import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import type { AccountState, Grant } from '../core/ports/database-server.ts'
import { accountRef, databaseRef, secretRef, tableSet } from '../core/refs.ts'
import { defineStep, type StepContext, type Verdict } from '../core/step.ts'
import { formatTableSets } from '../core/table-names.ts'
import { accountTitle, requireLogin, tryLogin } from './account-login.ts'
import { sameImage, type Plain } from './before-image.ts'
import { endSessions } from './end-sessions.ts'
import { formatGrants, grantsFor, rightsNames } from './rights.ts'

const schema = z.strictObject({
  database: databaseRef('Server the account is made on.'),
  account: accountRef('Account: user, or user@host.'),
  password: secretRef('Password it gets, or has already.'),
  rights: z
    .enum(rightsNames)
    .meta({ description: 'What it may do on the tables: read-only, or read-write.' }),
  tables: z.array(tableSet).min(1).meta({ description: 'Tables the rights are for.' }),
  checkLogin: z.boolean().default(true).meta({
    description: 'Log in as the account. false only where its host pattern does not admit the runner.',
  }),
})
type Want = z.infer<typeof schema>
type Seen = { readonly account: Plain<AccountState> | null }

/**
 * Makes an account by difference: absent, it is created; present, its password must log in and missing rights are
 * added. A password is never reset and a right never taken away here: somebody may be using the account, so both are
 * refused before anything changes.
 */
export const provisionAccount = defineStep<Want, Seen>({
  kind: 'provision-account',
  summary: 'Makes a database account with the given rights, or completes one that exists.',
  schema,

  async observe(context, want) {
    return { account: await readAccount(context, want) }
  },

  async plan(context, want) {
    const subject = accountTitle(want)
    const rights = `${want.rights} on ${formatTableSets(want.tables)}`
    if (!(await readAccount(context, want))) return [{ subject, to: rights, fidelity: 'exact' }]
    await refuseUnfit(context, want)
    const missing = formatGrants(await missingGrants(context, want))
    if (missing === '') return []
    return [{ subject, from: `without ${missing}`, to: `${rights}, password unchanged`, fidelity: 'exact' }]
  },

  async run(context, want) {
    const server = context.ports.database(want.database)
    if (await readAccount(context, want)) {
      await refuseUnfit(context, want)
    } else {
      const password = await context.ports.secrets.resolve(want.password, context.signal)
      await server.createAccount(want.account, password, context.signal)
    }
    const missing = await missingGrants(context, want)
    if (missing.length > 0) await server.grant(want.account, missing, context.signal)
  },

  async verify(context, want) {
    const title = accountTitle(want)
    if (!(await readAccount(context, want))) return { holds: false, reason: `${title} does not exist` }
    const missing = formatGrants(await missingGrants(context, want))
    if (missing !== '') return { holds: false, reason: `${title} lacks ${missing}` }
    const surplus = await surplusGrants(context, want)
    if (surplus.length > 0) return { holds: false, reason: `${title} may also write: ${surplus.join('; ')}` }
    return verifyLogin(context, want)
  },

  async undo(context, want, seen) {
    const server = context.ports.database(want.database)
    if (seen.account) return server.restoreAccount(seen.account, context.signal)
    if (await readAccount(context, want)) {
      // It was absent before; one that our password does not open was made by somebody else meanwhile.
      if (want.checkLogin) await requireLogin(context, want)
      await server.dropAccount(want.account, context.signal)
    }
    // After the drop, when none can come back: live sessions of a dropped account keep its rights.
    await endSessions(server, want.account, context.signal)
  },

  async verifyUndone(context, want, seen) {
    const title = accountTitle(want)
    const now = await readAccount(context, want)
    if (!sameImage(now, seen.account)) return { holds: false, reason: `${title} is not as it was before` }
    return { holds: true, evidence: now ? `${title} has the rights it had` : `${title} does not exist` }
  },
})

function readAccount(context: StepContext, want: Want): Promise<AccountState | null> {
  return context.ports.database(want.database).account(want.account, context.signal)
}

function missingGrants(context: StepContext, want: Want): Promise<readonly Grant[]> {
  const server = context.ports.database(want.database)
  return server.missingGrants(want.account, grantsFor(want.rights, want.tables), context.signal)
}

/** Write rights that a read-only account has nevertheless. */
async function surplusGrants(context: StepContext, want: Want): Promise<readonly string[]> {
  if (want.rights !== 'read-only') return []
  const server = context.ports.database(want.database)
  return server.writeGrants(want.account, want.tables, context.signal)
}

/** An existing account may be completed only when it is ours (its password) and harmless (no surplus rights). */
async function refuseUnfit(context: StepContext, want: Want): Promise<void> {
  if (want.checkLogin) await requireLogin(context, want)
  const surplus = await surplusGrants(context, want)
  if (surplus.length === 0) return
  throw new CutoverError(
    'system.refused',
    `${accountTitle(want)} is to be read-only on ${formatTableSets(want.tables)}, but may write: ${surplus.join('; ')}`,
    {
      where: want.database,
      hint: 'Revoke these rights when nobody needs them, or name another account. Nothing was changed.',
    },
  )
}

async function verifyLogin(context: StepContext, want: Want): Promise<Verdict> {
  const rights = `${accountTitle(want)} is ${want.rights} on ${formatTableSets(want.tables)}`
  if (!want.checkLogin) return { holds: true, evidence: `${rights}; login not tried` }
  const login = await tryLogin(context, want, want.tables[0]?.schema)
  if (login.ok) return { holds: true, evidence: `${rights} and logs in` }
  return {
    holds: false,
    reason: `${accountTitle(want)} cannot log in with ${want.password}: ${login.reason}`,
    hint: `Look at the account's password and host pattern on ${want.database}.`,
  }
}
