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

async function prove(context: StepContext, want: Want, signal: AbortSignal): Promise<GateReading> {
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
