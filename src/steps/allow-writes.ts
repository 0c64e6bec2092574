import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import type { AccountState, FenceImage, Grant } from '../core/ports/database-server.ts'
import { fenceSpecOf } from '../core/fence-wish.ts'
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
const schemaWish = z.strictObject({
  fence: z.literal('schema').meta({ description: 'schema: the schemas stop being read-only.' }),
  database: databaseRef('Server that takes writes from now on.'),
  schemas: z.array(z.string().min(1)).min(1).meta({ description: 'Schema (database) names, unquoted.' }),
})
const schema = z.discriminatedUnion('fence', [accountWish, schemaWish, instanceWish])
type Want = z.infer<typeof schema>
type AccountWish = z.infer<typeof accountWish>
type SettingWish = Exclude<Want, AccountWish>
type Setting = Exclude<FenceImage, { kind: 'account' }>

type Seen =
  | { readonly kind: 'account'; readonly account: Plain<AccountState>; readonly couldWrite: boolean }
  | Plain<Setting>

/** Lets the service write on this server. Usually the point of no return: the target may now hold what nobody else has. */
export const allowWrites = defineStep<Want, Seen>({
  kind: 'allow-writes',
  summary: 'Gives an account its write rights, or ends the read-only state of schemas or of a server.',
  schema,
  writes: 'allowed',
  touches: (want) => `database ${want.database}`,

  async observe(context, want) {
    if (isSetting(want)) return observeSetting(context, want)
    const account = await context.ports.database(want.database).account(want.account, context.signal)
    if (!account) throw noSuchAccount(want)
    return { kind: 'account', account, couldWrite: (await missingRights(context, want)) === '' }
  },

  async plan(context, want) {
    if (isSetting(want)) {
      if (closedParts(await observeSetting(context, want)) === '') return []
      return [{ subject: settingTitle(want), from: 'read-only', to: 'writable', fidelity: 'exact' }]
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
    if (isSetting(want)) return server.lowerFence(fenceSpecOf(want), openImage(want), context.signal)
    if (want.asBefore !== undefined)
      return server.giveBack(imageOf(context, want, want.asBefore), context.signal)
    const missing = await missingGrants(context, want)
    if (missing.length > 0) await server.grant(want.account, missing, context.signal)
  },

  async verify(context, want) {
    if (isSetting(want)) {
      const closed = closedParts(await observeSetting(context, want))
      if (closed !== '') return { holds: false, reason: `${closed} on ${want.database} is still read-only` }
      return { holds: true, evidence: `${settingTitle(want)} is writable` }
    }
    const missing = await missingRights(context, want)
    if (missing !== '') return { holds: false, reason: `${accountTitle(want)} lacks ${missing}` }
    return { holds: true, evidence: `${accountTitle(want)} may write ${formatTableSets(want.tables)}` }
  },

  async undo(context, want, seen) {
    const server = context.ports.database(want.database)
    if (seen.kind !== 'account') {
      if (isSetting(want)) await server.lowerFence(fenceSpecOf(want), seen, context.signal)
      return
    }
    if (seen.couldWrite) return
    await server.restoreAccount(seen.account, context.signal)
    // A revoked right stays with the sessions that were opened while it was there.
    await endSessions(server, seen.account.account, context.signal)
  },

  async verifyUndone(context, want, seen) {
    const now = isSetting(want)
      ? await observeSetting(context, want)
      : await context.ports.database(want.database).account(want.account, context.signal)
    if (sameImage(now, seen.kind === 'account' ? seen.account : seen)) {
      return { holds: true, evidence: `write rights on ${want.database} are as before` }
    }
    return { holds: false, reason: `write rights on ${want.database} are not as they were before` }
  },
})

function isSetting(want: Want): want is SettingWish {
  return want.fence === 'instance' || want.fence === 'schema'
}

async function observeSetting(context: StepContext, want: SettingWish): Promise<Setting> {
  const image = await context.ports.database(want.database).observeFence(fenceSpecOf(want), context.signal)
  if (image.kind === 'account') throw new CutoverError('internal', 'a setting was seen as an account')
  return image
}

/** What is read-only of it; empty: nothing. */
function closedParts(now: Setting): string {
  if (now.kind === 'instance') return now.readOnly || now.superReadOnly ? 'the server' : ''
  return now.schemas.flatMap((one) => (one.readOnly ? [`schema ${one.schema}`] : [])).join(', ')
}

function openImage(want: SettingWish): Setting {
  if (want.fence === 'instance') return { kind: 'instance', readOnly: false, superReadOnly: false }
  return { kind: 'schema', schemas: want.schemas.map((schema) => ({ schema, readOnly: false })) }
}

function settingTitle(want: SettingWish): string {
  if (want.fence === 'instance') return `server ${want.database}`
  return `${want.schemas.map((schema) => `schema ${schema}`).join(', ')} on ${want.database}`
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
