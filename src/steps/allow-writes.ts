import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import type { AccountState, Grant } from '../core/ports/database-server.ts'
import { accountRef, databaseRef, tableSet } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'
import { formatTableSets } from '../core/table-names.ts'
import { accountTitle } from './account-login.ts'
import { sameImage, type Plain } from './before-image.ts'
import { accountBeforeFence } from './fenced-account.ts'
import { endSessions } from './end-sessions.ts'
import { formatGrants, writePrivileges } from './rights.ts'

const accountWish = z.strictObject({
  fence: z
    .literal('account')
    .optional()
    .meta({ description: 'account (the default): the account gets its write rights on the tables.' }),
  database: databaseRef('Server that takes writes from now on.'),
  account: accountRef('Account of the service: user, or user@host.'),
  tables: z.array(tableSet).min(1).meta({ description: 'Tables it may write.' }),
  asBefore: z.string().min(1).optional().meta({
    description:
      'On the way back: id of the stop-writes step of the run that is reversed. The account gets back exactly what that step took. Left out: INSERT, UPDATE and DELETE.',
  }),
})
const instanceWish = z.strictObject({
  fence: z.literal('instance').meta({ description: 'instance: the whole server stops being read-only.' }),
  database: databaseRef('Server that takes writes from now on.'),
})
const schema = z.discriminatedUnion('fence', [accountWish, instanceWish])
type Want = z.infer<typeof schema>
type AccountWish = z.infer<typeof accountWish>

type Seen =
  | { readonly kind: 'account'; readonly account: Plain<AccountState>; readonly couldWrite: boolean }
  | { readonly kind: 'instance'; readonly readOnly: boolean; readonly superReadOnly: boolean }

/** Lets the service write on this server. Usually the point of no return: the target may now hold what nobody else has. */
export const allowWrites = defineStep<Want, Seen>({
  kind: 'allow-writes',
  summary: 'Gives an account its write rights, or ends the read-only state of a server.',
  schema,
  writes: 'allowed',

  async observe(context, want) {
    if (want.fence === 'instance') return { kind: 'instance', ...(await readOnlyState(context, want)) }
    const account = await context.ports.database(want.database).account(want.account, context.signal)
    if (!account) throw noSuchAccount(want)
    return { kind: 'account', account, couldWrite: (await missingRights(context, want)) === '' }
  },

  async plan(context, want) {
    if (want.fence === 'instance') {
      if (!(await readOnlyState(context, want)).readOnly) return []
      return [{ subject: `server ${want.database}`, from: 'read-only', to: 'writable', fidelity: 'exact' }]
    }
    const subject = accountTitle(want)
    const to = `may write ${formatTableSets(want.tables)}`
    if (!(await context.ports.database(want.database).account(want.account, context.signal))) {
      return [
        { subject, from: 'does not exist now; an earlier step must make it', to, fidelity: 'predicted' },
      ]
    }
    const missing = await missingRights(context, want)
    if (missing === '') return []
    return [{ subject, from: `without ${missing}`, to, fidelity: 'exact' }]
  },

  async run(context, want) {
    const server = context.ports.database(want.database)
    if (want.fence === 'instance') {
      const writable = { kind: 'instance', readOnly: false, superReadOnly: false } as const
      return server.lowerFence({ kind: 'instance' }, writable, context.signal)
    }
    if (want.asBefore !== undefined)
      return server.giveBack(imageOf(context, want, want.asBefore), context.signal)
    const missing = await missingGrants(context, want)
    if (missing.length > 0) await server.grant(want.account, missing, context.signal)
  },

  async verify(context, want) {
    if (want.fence === 'instance') {
      const { readOnly, superReadOnly } = await readOnlyState(context, want)
      if (readOnly || superReadOnly) return { holds: false, reason: `${want.database} is still read-only` }
      return { holds: true, evidence: `${want.database} is writable` }
    }
    const missing = await missingRights(context, want)
    if (missing !== '') return { holds: false, reason: `${accountTitle(want)} lacks ${missing}` }
    return { holds: true, evidence: `${accountTitle(want)} may write ${formatTableSets(want.tables)}` }
  },

  async undo(context, want, seen) {
    const server = context.ports.database(want.database)
    if (seen.kind === 'instance') return server.lowerFence({ kind: 'instance' }, seen, context.signal)
    if (seen.couldWrite) return
    await server.restoreAccount(seen.account, context.signal)
    // A revoked right stays with the sessions that were opened while it was there.
    await endSessions(server, seen.account.account, context.signal)
  },

  async verifyUndone(context, want, seen) {
    const now =
      want.fence === 'instance'
        ? { kind: 'instance', ...(await readOnlyState(context, want)) }
        : await context.ports.database(want.database).account(want.account, context.signal)
    if (sameImage(now, seen.kind === 'instance' ? seen : seen.account)) {
      return { holds: true, evidence: `write rights on ${want.database} are as before` }
    }
    return { holds: false, reason: `write rights on ${want.database} are not as they were before` }
  },
})

async function readOnlyState(
  context: StepContext,
  want: Want,
): Promise<{ readonly readOnly: boolean; readonly superReadOnly: boolean }> {
  const { readOnly } = await context.ports.database(want.database).settings(context.signal)
  return { readOnly: readOnly.readOnly, superReadOnly: readOnly.superReadOnly }
}

/** What the account lacks, for people; empty: nothing. */
async function missingRights(context: StepContext, want: AccountWish): Promise<string> {
  if (want.asBefore === undefined) return formatGrants(await missingGrants(context, want))
  const image = imageOf(context, want, want.asBefore)
  const server = context.ports.database(want.database)
  return (await server.missingRights(image, context.signal)).join('; ')
}

function imageOf(context: StepContext, want: AccountWish, fence: string): AccountState {
  return accountBeforeFence(context, fence, want.account)
}

function missingGrants(context: StepContext, want: AccountWish): Promise<readonly Grant[]> {
  const wanted = want.tables.map((on) => ({ privileges: writePrivileges, on }))
  return context.ports.database(want.database).missingGrants(want.account, wanted, context.signal)
}

function noSuchAccount(want: AccountWish): CutoverError {
  return new CutoverError('system.refused', `${accountTitle(want)} does not exist`, {
    where: want.database,
    hint: 'Put a step provision-account for it into the prepare phase.',
  })
}
