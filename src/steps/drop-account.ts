import { z } from 'zod'
import { sessionsOf } from '../core/account-sessions.ts'
import { CutoverError } from '../core/errors.ts'
import type { AccountState } from '../core/ports/database-server.ts'
import { accountRef, databaseRef, secretRef } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'
import { accountTitle, requireLogin } from './account-login.ts'
import { sameImage, type Plain } from './before-image.ts'
import { endSessions } from './end-sessions.ts'

const schema = z.strictObject({
  database: databaseRef('Server the account is on.'),
  account: accountRef('Account: user, or user@host.'),
  password: secretRef('Its password. Undo makes the account again with it, so it must be right now.'),
})
type Want = z.infer<typeof schema>
type Seen = { readonly account: Plain<AccountState> | null }

/** How long sessions that are ending may take to be gone, milliseconds. */
const leaveWithinMs = 3_000
const lookAgainMs = 50

/** Drops an account that nobody uses any more. One that still has sessions is left alone: a service needs it. */
export const dropAccount = defineStep<Want, Seen>({
  kind: 'drop-account',
  summary: 'Drops a database account that nobody uses any more.',
  schema,
  // Tidying up: an account that stays has the rights it had, and nothing after it relies on its absence.
  skippable: true,

  async observe(context, want) {
    const account = await readAccount(context, want)
    // Only a password that is right now can bring the account back.
    if (account) await requireLogin(context, want)
    return { account }
  },

  async plan(context, want) {
    const account = await readAccount(context, want)
    const subject = accountTitle(want)
    // An earlier step of the same playbook usually makes it.
    if (!account) return [{ subject, from: 'if an earlier step makes it', fidelity: 'predicted' }]
    return [{ subject, from: 'exists', fidelity: 'exact' }]
  },

  async run(context, want) {
    const server = context.ports.database(want.database)
    if (await readAccount(context, want)) {
      await refuseInUse(context, want)
      await server.dropAccount(want.account, context.signal)
    }
    // Whoever slipped in before the drop would keep the account's rights until he leaves.
    await endSessions(server, want.account, context.signal)
  },

  async verify(context, want) {
    const title = accountTitle(want)
    if (await readAccount(context, want)) return { holds: false, reason: `${title} still exists` }
    const left = await liveSessions(context, want)
    if (left > 0) return { holds: false, reason: `${title} is gone, but ${left} of its sessions live on` }
    return { holds: true, evidence: `${title} is gone` }
  },

  async undo(context, want, seen) {
    if (!seen.account) return
    const server = context.ports.database(want.database)
    if (!(await readAccount(context, want))) {
      const password = await context.ports.secrets.resolve(want.password, context.signal)
      await server.createAccount(want.account, password, context.signal)
    }
    await server.restoreAccount(seen.account, context.signal)
  },

  async verifyUndone(context, want, seen) {
    const title = accountTitle(want)
    if (!seen.account) return { holds: true, evidence: `${title} did not exist before either` }
    if (sameImage(await readAccount(context, want), seen.account)) {
      return { holds: true, evidence: `${title} has the rights it had` }
    }
    return { holds: false, reason: `${title} is not as it was before` }
  },
})

function readAccount(context: StepContext, want: Want): Promise<AccountState | null> {
  return context.ports.database(want.database).account(want.account, context.signal)
}

async function liveSessions(context: StepContext, want: Want): Promise<number> {
  const sessions = await context.ports.database(want.database).sessions(context.signal)
  return sessionsOf([want.account], sessions).length
}

/** Who has just left, such as the kit itself after trying the password, is still in the list for a moment. */
async function refuseInUse(context: StepContext, want: Want): Promise<void> {
  const { clock } = context.ports
  const startedAtMs = clock.monotonicMs()
  let live = await liveSessions(context, want)
  while (live > 0 && clock.monotonicMs() - startedAtMs < leaveWithinMs) {
    await clock.sleep(lookAgainMs, context.signal)
    live = await liveSessions(context, want)
  }
  if (live === 0) return
  throw new CutoverError(
    'system.refused',
    `${accountTitle(want)} still has ${live} sessions; it was not dropped`,
    {
      where: want.database,
      hint: 'Find in SHOW PROCESSLIST who uses it, move that service to its new account, then go on.',
    },
  )
}
