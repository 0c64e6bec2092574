import { z } from 'zod'
import { duration } from '../core/durations.ts'
import { accountFence, fenceSpecOf, instanceFence, schemaFence } from '../core/fence-wish.ts'
import { defineGate, type GateReading } from '../core/gate.ts'
import type { Credentials } from '../core/ports/database-server.ts'
import { secretRef, tableSet } from '../core/refs.ts'
import type { StepContext } from '../core/step.ts'
import { formatTableSets } from '../core/table-names.ts'
import { readSafely } from './safe-reading.ts'

const credential = z.strictObject({
  user: z.string().min(1).meta({ description: 'User name the service logs in with.' }),
  password: secretRef('Its password.'),
})
const proof = {
  tables: z.array(tableSet).min(1).meta({ description: 'Tables that must be still.' }),
  credentials: z
    .union([credential, z.array(credential).min(1)])
    .transform((one) => (Array.isArray(one) ? one : [one]))
    .optional()
    .meta({ description: "The service's own credential, or several: a write with each must be refused." }),
  proof: z.enum(['full', 'fence']).default('full').meta({
    description:
      'full: sessions, transactions, counters, a refused write. fence: only that the fence is up and, behind an instance fence, that nothing has moved the log since; for the middle of a short pause, with a full proof after it.',
  }),
  samplesApart: duration('Time between the two samples of the counters.').default(500),
}
const schema = z.discriminatedUnion('fence', [
  accountFence.extend(proof),
  schemaFence.extend(proof),
  instanceFence.extend(proof),
])
type Want = z.infer<typeof schema>

const findingsShown = 10

/** The source is proven silent behind its fence: sessions, transactions, counters, and a write that is refused. */
export const writesStopped = defineGate<Want>({
  kind: 'writes-stopped',
  summary: 'Nothing writes to the tables any more, and the database refuses who tries.',
  schema,
  proves: 'silence',
  defaults: { deadlineMs: 30_000, everyMs: 100, goodReadings: 1 },
  describe: (want) => `nothing writes to ${formatTableSets(want.tables)} on ${want.database}`,

  open(context, want) {
    return Promise.resolve({ read: (signal) => readSafely(signal, () => prove(context, want, signal)) })
  },
})

/**
 * Why the fence alone is proof enough to let the target take writes, once the target has applied a position that was read
 * behind it (S1 of the design: no write is acknowledged and lost):
 *
 * 1. The step that raised it has ended, and its `verify` has seen it up. Then no session can commit a write to the source
 *    any more. Instance: the server waits for commits under way, then refuses every COMMIT that changed something, with
 *    error 1290, also of transactions that were open (measured on MySQL 9.7 and MariaDB 10.11). Schema: the statement
 *    waits for every transaction that has used a table of it. Account: rights are gone, and everything that began with
 *    them has been ended and was waited for.
 * 2. A position read after that contains every write that was ever acknowledged, and the target has applied it.
 * 3. It is up now, at the last moment before the target is opened. It cannot have been down in between but by the hand of
 *    an administrator; behind an instance fence that would show, because the log stands still there.
 *
 * What the full proof looks for besides (an account that may write all the same, an event, a definer's rights) are
 * mistakes in how the server is set up. They do not come and go within milliseconds, so they are looked for where users
 * do not wait: when the fence is chosen, and in full right after the release.
 */
async function lookAtFence(context: StepContext, want: Want, signal: AbortSignal): Promise<GateReading> {
  const spec = fenceSpecOf(want)
  const look = await context.ports.database(want.database).fenceIsUp(spec, signal)
  const { up, why, position, firstPosition } = look
  const hint = 'Find out who lowered it. Walk the run back, then start again.'
  if (!up) return { state: 'closed', reason: `the fence on ${want.database} is not up: ${why}`, hint }
  if (spec.kind !== 'instance' || position.gtid === firstPosition.gtid)
    return { state: 'open', measured: `${why}; position ${position.gtid}` }
  const reason = `something was written on ${want.database} behind the fence: ${firstPosition.gtid} → ${position.gtid}`
  return { state: 'closed', final: true, reason, hint }
}

async function prove(context: StepContext, want: Want, signal: AbortSignal): Promise<GateReading> {
  if (want.proof === 'fence') return lookAtFence(context, want, signal)
  const credentials = await resolveAll(context, want, signal)
  const options = { samplesMs: want.samplesApart, tables: want.tables, credentials }
  const server = context.ports.database(want.database)
  const { silent, findings, lasting, evidence, position } = await server.proveSilence(
    fenceSpecOf(want),
    options,
    signal,
  )
  if (silent) return { state: 'open', measured: `${evidence}; position ${position.gtid}` }
  const more = findings.length - findingsShown
  return {
    state: 'closed',
    reason: `${want.database} is not silent: ${findings.slice(0, findingsShown).join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    measured: `${findings.length} findings`,
    ...(lasting && { final: lasting }),
    hint: 'Stop who is named here. A right at another level, or another account, needs to be part of the fence.',
  }
}

async function resolveAll(
  context: StepContext,
  want: Want,
  signal: AbortSignal,
): Promise<readonly Credentials[]> {
  const all: Credentials[] = []
  for (const { user, password } of want.credentials ?? []) {
    all.push({ user, password: await context.ports.secrets.resolve(password, signal) })
  }
  return all
}
