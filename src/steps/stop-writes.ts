import { CutoverError } from '../core/errors.ts'
import type { FenceImage } from '../core/ports/database-server.ts'
import { formatAccountName, type AccountName } from '../core/refs.ts'
import { defineStep, type Change, type StepContext } from '../core/step.ts'
import { formatTableSets } from '../core/table-names.ts'
import { sameImage, type Plain } from './before-image.ts'
import { fenceSpecOf, fenceWish, type FenceWish } from '../core/fence-wish.ts'

type Seen = Plain<FenceImage>

/**
 * Raises the fence: from here the database itself refuses the service's writes. The full proof (sessions,
 * transactions, counters, a refused write) is the gate `writes-stopped`; its reading follows this step.
 */
export const stopWrites = defineStep<FenceWish, Seen>({
  kind: 'stop-writes',
  summary: 'Raises the fence: the database refuses writes of the named accounts, or of everybody.',
  schema: fenceWish,
  writes: 'refused',
  touches: (want) => `database ${want.database}`,

  async observe(context, want) {
    await refuseUnknownAccounts(context, want)
    return context.ports.database(want.database).observeFence(fenceSpecOf(want), context.signal)
  },

  async plan(context, want) {
    if (want.fence === 'account') return planAccounts(context, want)
    return planSetting(context, want)
  },

  run(context, want) {
    return context.ports.database(want.database).raiseFence(fenceSpecOf(want), context.signal)
  },

  async verify(context, want) {
    const server = context.ports.database(want.database)
    const fence = await server.fenceIsUp(fenceSpecOf(want), context.signal)
    if (!fence.up) return { holds: false, reason: `the fence on ${want.database} is not up: ${fence.why}` }
    // Read after the fence: whatever the service wrote is at or before this position.
    const { flavour, gtid } = fence.position
    return { holds: true, evidence: `${fence.why}; position ${gtid}`, facts: { position: { flavour, gtid } } }
  },

  undo(context, want, seen) {
    return context.ports.database(want.database).lowerFence(fenceSpecOf(want), seen, context.signal)
  },

  async verifyUndone(context, want, seen) {
    const now = await context.ports.database(want.database).observeFence(fenceSpecOf(want), context.signal)
    if (sameImage(now, seen)) return { holds: true, evidence: `${want.database} takes writes as before` }
    return {
      holds: false,
      reason: `the write rights on ${want.database} are not as they were before the fence`,
      hint: 'Compare SHOW GRANTS (and read_only) with the before-image in the journal.',
    }
  },
})

type AccountFence = Extract<FenceWish, { fence: 'account' }>
type SettingFence = Exclude<FenceWish, AccountFence>

async function planSetting(context: StepContext, want: SettingFence): Promise<readonly Change[]> {
  const now = await context.ports.database(want.database).observeFence(fenceSpecOf(want), context.signal)
  const changeOf = (subject: string): Change => ({
    subject,
    from: 'writable',
    to: 'read-only',
    fidelity: 'exact',
  })
  if (now.kind === 'instance') return now.readOnly ? [] : [changeOf(`server ${want.database}`)]
  if (now.kind !== 'schema') return []
  const open = now.schemas.filter(({ readOnly }) => !readOnly)
  return open.map(({ schema }) => changeOf(`schema ${schema} on ${want.database}`))
}

async function planAccounts(context: StepContext, want: AccountFence): Promise<readonly Change[]> {
  await refuseUnfenceable(context, want)
  const changes: Change[] = []
  for (const account of want.accounts) changes.push(...(await planAccount(context, want, account)))
  return changes
}

/** What would be refused in the pause is refused here. Accounts that an earlier step makes are not there to look at. */
async function refuseUnfenceable(context: StepContext, want: AccountFence): Promise<void> {
  const server = context.ports.database(want.database)
  const present: AccountName[] = []
  for (const account of want.accounts) {
    if (await server.account(account, context.signal)) present.push(account)
  }
  if (present.length === 0) return
  await server.observeFence({ kind: 'account', accounts: present, tables: want.tables }, context.signal)
}

async function planAccount(
  context: StepContext,
  want: AccountFence,
  account: AccountName,
): Promise<readonly Change[]> {
  const server = context.ports.database(want.database)
  const subject = `account ${formatAccountName(account)} on ${want.database}`
  const to = `may not write ${formatTableSets(want.tables)}; its older sessions end`
  if (!(await server.account(account, context.signal))) {
    return [{ subject, from: 'does not exist now; an earlier step must make it', to, fidelity: 'predicted' }]
  }
  const rights = await server.writeGrants(account, want.tables, context.signal)
  return rights.length === 0 ? [] : [{ subject, from: rights.join('; '), to, fidelity: 'exact' }]
}

/** A fence around an account that does not exist would stop nobody and look as if it did. */
async function refuseUnknownAccounts(context: StepContext, want: FenceWish): Promise<void> {
  if (want.fence !== 'account') return
  for (const account of want.accounts) {
    if (await context.ports.database(want.database).account(account, context.signal)) continue
    throw new CutoverError('system.refused', `no account ${formatAccountName(account)} on ${want.database}`, {
      where: want.database,
      hint: 'Write it as user@host exactly as SELECT user, host FROM mysql.user shows it.',
    })
  }
}
