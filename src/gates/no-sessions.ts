import { z } from 'zod'
import { sessionsOf } from '../core/account-sessions.ts'
import { defineGate, type GateReading } from '../core/gate.ts'
import type { DatabaseServer, Session } from '../core/ports/database-server.ts'
import { accountRef, databaseRef, formatAccountName } from '../core/refs.ts'
import { readSafely } from './safe-reading.ts'

const schema = z.strictObject({
  database: databaseRef('Server that must be left.'),
  accounts: z
    .array(accountRef('Account: user, or user@host as the server knows it.'))
    .min(1)
    .meta({ description: 'Accounts that must have no session.' }),
  schema: z.string().min(1).optional().meta({
    description:
      'Only sessions with this default schema, or with none, count. For accounts that others use too.',
  }),
})
type Want = z.infer<typeof schema>

/** More lines help nobody. */
const linesShown = 10

/** Nobody is connected with these accounts. A pool may come back between two looks, so one look is never enough. */
export const noSessions = defineGate<Want>({
  kind: 'no-sessions',
  summary: 'No session of the accounts is left on the server.',
  schema,
  defaults: { deadlineMs: 30_000, everyMs: 200, goodReadings: 2 },
  describe: (want) => `no session of ${accountList(want)} on ${want.database}${schemaPart(want)}`,

  open(context, want) {
    const server = context.ports.database(want.database)
    return Promise.resolve({
      read: (signal) =>
        readSafely(
          signal,
          async () => (await unknownAccount(server, want, signal)) ?? look(server, want, signal),
        ),
    })
  },
})

/** A misspelt account never has a session; that must not look like quiet. */
async function unknownAccount(
  server: DatabaseServer,
  want: Want,
  signal: AbortSignal,
): Promise<GateReading | undefined> {
  for (const account of want.accounts) {
    if (await server.account(account, signal)) continue
    return {
      state: 'closed',
      final: true,
      reason: `there is no account ${formatAccountName(account)} on ${want.database}`,
      hint: 'Write it as user@host exactly as SELECT user, host FROM mysql.user shows it.',
    }
  }
  return undefined
}

async function look(server: DatabaseServer, want: Want, signal: AbortSignal): Promise<GateReading> {
  const left = sessionsOf(want.accounts, await server.sessions(signal)).filter(
    (session) => want.schema === undefined || session.schema === null || session.schema === want.schema,
  )
  if (left.length === 0)
    return { state: 'open', measured: `no session of ${accountList(want)}${schemaPart(want)}` }
  return {
    state: 'closed',
    reason: `${left.length} ${left.length === 1 ? 'session' : 'sessions'} left on ${want.database}: ${whoIsLeft(left)}`,
    measured: String(left.length),
    hint: 'Stop or restart who is still connected; an instance with its old datasource is the usual reason.',
  }
}

function whoIsLeft(left: readonly Session[]): string {
  const lines = left.slice(0, linesShown).map(describeSession)
  const more = left.length - lines.length
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

function describeSession(session: Session): string {
  const program = session.program === null ? '' : ` (${session.program})`
  const schema = session.schema === null ? 'no default schema' : `schema ${session.schema}`
  return `${session.user} from ${session.host}${program}, ${session.command} for ${session.seconds} s, ${schema}`
}

function accountList(want: Want): string {
  return want.accounts.map(formatAccountName).join(', ')
}

function schemaPart(want: Want): string {
  return want.schema === undefined ? '' : ` in schema ${want.schema}`
}
