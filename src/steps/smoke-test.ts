import { z } from 'zod'
import { isCutoverError } from '../core/errors.ts'
import { databaseRef, serviceRef } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'
import { finishedHere, rememberFinished } from './finished-here.ts'
import { faultOf, smokeFailed, smokeRequest, toHttpRequest, type SmokeRequest } from './smoke-request.ts'

const canary = z.strictObject({
  target: databaseRef('Server that must have the row.'),
  source: databaseRef(
    'Server that must not have it. Left out where a sync carries the row there: nobody looks then.',
  ).optional(),
  schema: z.string().min(1).meta({ description: 'Schema of the table.' }),
  table: z.string().min(1).meta({ description: 'Table the requests write to.' }),
  column: z.string().min(1).meta({ description: 'Column that holds {{canary}}, which is canary-<run id>.' }),
})
const schema = z.strictObject({
  service: serviceRef('Service whose address gets the requests.'),
  requests: z.array(smokeRequest).min(1).meta({ description: 'Requests in order.' }),
  canary: canary.optional().meta({
    description: 'The row that the requests write: on the target afterwards, and not on the source.',
  }),
})
type Want = z.infer<typeof schema>
type Seen = { readonly canary: string }

/**
 * Sends requests like a user and looks for the written row on both servers. Repeated after a crash, it may find its
 * own row: when the canary is on the target already, 409 counts as "this run has written it before".
 */
export const smokeTest = defineStep<Want, Seen>({
  kind: 'smoke-test',
  summary: 'Sends requests like a user; the row they write must be on the target and not on the source.',
  schema,
  // A trial of the service. That no write is lost was proven before, by the fence, the position and the rows.
  skippable: true,
  irreversible: 'the canary row stays on the target; delete it by its key when you like',

  observe(context) {
    return Promise.resolve({ canary: canaryOf(context) })
  },

  plan(_context, want) {
    const names = want.requests.map(({ name }) => name).join(', ')
    const row = want.canary ? `; a canary row in ${want.canary.schema}.${want.canary.table}` : ''
    return Promise.resolve([
      {
        subject: `service ${want.service}`,
        to: `gets smoke requests: ${names}${row}`,
        fidelity: 'unknown' as const,
      },
    ])
  },

  async run(context, want) {
    const writtenBefore = await rowIsOn(context, want, 'target')
    for (const request of want.requests) await send(context, want, request, writtenBefore)
    rememberFinished(context, 'run')
  },

  async verify(context, want) {
    if (!finishedHere(context, 'run')) {
      return {
        holds: false,
        reason: 'nobody saw every smoke request answered',
        hint: 'The requests are repeated.',
      }
    }
    const answered = `${want.requests.length} smoke requests of ${want.service} answered as expected`
    if (!want.canary) return { holds: true, evidence: answered }
    const { target, source } = want.canary
    if (!(await rowIsOn(context, want, 'target'))) {
      return {
        holds: false,
        reason: `${rowTitle(context, want)} is not on ${target}`,
        hint: `${want.service} writes somewhere else: check which datasource its instances use.`,
      }
    }
    if (source === undefined) {
      return { holds: true, evidence: `${answered}; ${rowTitle(context, want)} is on ${target}` }
    }
    if (await rowIsOn(context, want, 'source')) {
      return {
        holds: false,
        reason: `${rowTitle(context, want)} is on ${source} too`,
        hint: `Something writes to ${source} or carries rows back to it: check the fence and the sync tasks.`,
      }
    }
    return {
      holds: true,
      evidence: `${answered}; ${rowTitle(context, want)} is on ${target}, not on ${source}`,
    }
  },
})

async function send(
  context: StepContext,
  want: Want,
  request: SmokeRequest,
  writtenBefore: boolean,
): Promise<void> {
  const sent = toHttpRequest(request, canaryOf(context))
  const answer = await context.ports
    .service(want.service)
    .request(sent, context.signal)
    .catch((error: unknown) => {
      context.signal.throwIfAborted()
      if (!isCutoverError(error)) throw error
      throw smokeFailed(want.service, request, sent, `got no answer: ${error.message}`)
    })
  if (writtenBefore && answer.status === 409 && sent.method !== 'GET') {
    return context.say(`${request.name}: the row is there from an earlier attempt of this run`)
  }
  const fault = faultOf(answer, request, canaryOf(context))
  if (fault !== undefined) throw smokeFailed(want.service, request, sent, fault)
}

async function rowIsOn(context: StepContext, want: Want, side: 'source' | 'target'): Promise<boolean> {
  const database = want.canary?.[side]
  if (!want.canary || database === undefined) return false
  const { schema, table, column } = want.canary
  const where = { [column]: canaryOf(context) }
  return context.ports.database(database).rowExists({ schema, table, where }, context.signal)
}

function canaryOf(context: StepContext): string {
  return `canary-${context.runId}`
}

function rowTitle(context: StepContext, want: Want): string {
  return `row ${canaryOf(context)} of ${want.canary?.schema}.${want.canary?.table}`
}
