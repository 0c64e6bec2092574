import { z } from 'zod'
import { releaseTable } from '../core/write-release.ts'
import { accountRef, databaseRef, formatAccountName, type AccountName } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'
import type { Plain } from './before-image.ts'

const schema = z.strictObject({
  database: databaseRef('Server that is going to take the writes.'),
  accounts: z
    .array(accountRef('Account the service is going to use: user, or user@host.'))
    .min(1)
    .meta({ description: 'Accounts that may see the release.' }),
})
type Want = z.infer<typeof schema>
/** Those that could not see releases before. */
type Seen = { readonly missing: readonly Plain<AccountName>[] }

const title = `${releaseTable.schema}.${releaseTable.table}`

/** Makes the table by which processes of services see that they may write on this server, and lets them read it. */
export const prepareRelease = defineStep<Want, Seen>({
  kind: 'prepare-release',
  summary: 'Makes the table in the target by which services see that it takes their writes.',
  schema,

  async observe(context, want) {
    return { missing: await readMissing(context, want) }
  },

  async plan(context, want) {
    const missing = await readMissing(context, want)
    return missing.map((account) => ({
      subject: `account ${formatAccountName(account)} on ${want.database}`,
      to: `may read ${title}`,
      fidelity: 'predicted' as const,
    }))
  },

  run(context, want) {
    return context.ports.database(want.database).prepareReleases(want.accounts, context.signal)
  },

  async verify(context, want) {
    const missing = await readMissing(context, want)
    if (missing.length === 0)
      return { holds: true, evidence: `${listOf(want.accounts)} may read ${title} on ${want.database}` }
    return { holds: false, reason: `${listOf(missing)} may not read ${title} on ${want.database}` }
  },

  undo(context, want, seen) {
    return context.ports.database(want.database).forgetReleaseReaders(seen.missing, context.signal)
  },

  async verifyUndone(context, want, seen) {
    const missing = new Set((await readMissing(context, want)).map(formatAccountName))
    const left = seen.missing.filter((account) => !missing.has(formatAccountName(account)))
    if (left.length === 0)
      return { holds: true, evidence: `the rights on ${title} of ${want.database} are as before` }
    return { holds: false, reason: `${listOf(left)} may still read ${title} on ${want.database}` }
  },
})

async function readMissing(context: StepContext, want: Want): Promise<readonly AccountName[]> {
  const server = context.ports.database(want.database)
  return server.missingReleaseReaders(want.accounts, context.signal)
}

function listOf(accounts: readonly AccountName[]): string {
  return accounts.map(formatAccountName).join(', ')
}
