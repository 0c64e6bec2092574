import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import { serviceRef } from '../core/refs.ts'
import { defineStep } from '../core/step.ts'
import { datasourceWish, describeChange, withDatasource } from './datasource-edit.ts'
import { editedMeanwhile } from './edited-meanwhile.ts'
import { foreignGray } from './gray-version.ts'
import { restartUntilFirstFailure, unhealthyInstances } from './restart-each.ts'
import {
  datasourceIn,
  readDocument,
  serviceDocument,
  sha256,
  type ServiceDocument,
} from './service-document.ts'
import { findUntried, lookAgainMs, newSessions, userSessions, type Trial } from './trial-evidence.ts'
import { addressesOf } from './tried-instances.ts'
import { takeTrialBack } from './take-trial-back.ts'

const schema = z.strictObject({
  service: serviceRef('Service some of whose instances try another datasource.'),
  instances: z.array(z.string().min(1)).min(1).meta({
    description: 'Instances that try it, by their names in the list of the service; they are restarted.',
  }),
  datasource: datasourceWish,
})
type Want = z.infer<typeof schema>

/**
 * Gives a datasource to a few instances alone, as a gray version of the document, and restarts them: when they come up and
 * log in to the new server, `switch-config` with the same datasource gives it to everybody. When they do not, nobody else
 * has seen anything.
 *
 * Cut off between any two calls it leaves at most the gray version and some of its instances restarted. Both are found
 * again: the gray version by the hash of its content, the instances by their sessions on the new server.
 */
export const tryConfig = defineStep<Want, Trial>({
  kind: 'try-config',
  summary:
    'Gives a few instances of a service another datasource before the rest, and restarts them; the config center must know gray versions.',
  schema,
  needs: (want) => [
    { service: want.service, part: 'restart' },
    { service: want.service, part: 'address' },
  ],
  publishes: (want) => want.service,
  defaultDeadlineMs: 300_000,

  async observe(context, want) {
    const document = serviceDocument(context, want.service)
    addressesOf(context, want.service, want.instances)
    await requireNoGray(context.signal, document)
    const { content, etag } = await readDocument(context, document)
    const before = datasourceIn(context, document, content)
    const wanted = await withDatasource(context, document, content, want.datasource)
    const sessions = await userSessions(context, want.datasource)
    return {
      etag,
      before,
      tried: sha256(wanted),
      differs: wanted !== content,
      sessions: sessions.map(({ id }) => id),
    }
  },

  async plan(context, want) {
    const document = serviceDocument(context, want.service)
    const addresses = addressesOf(context, want.service, want.instances)
    await requireNoGray(context.signal, document)
    const stored = await readDocument(context, document)
    const wanted = await withDatasource(context, document, stored.content, want.datasource)
    if (wanted === stored.content) return []
    const change = describeChange(context, document, stored, wanted, want.datasource)
    const who = `${want.instances.join(', ')} (${addresses.join(', ')}) alone`
    return [
      { ...change, to: `for ${who}: ${change.to ?? ''}` },
      {
        subject: `instances ${want.instances.join(', ')} of ${want.service}`,
        from: 'running',
        to: 'restarted one after the other',
        fidelity: 'exact',
      },
    ]
  },

  async run(context, want, seen) {
    if (!seen.differs) return
    const document = serviceDocument(context, want.service)
    const addresses = addressesOf(context, want.service, want.instances)
    const { content, etag } = await readDocument(context, document)
    if (etag !== seen.etag) throw editedMeanwhile(document)
    const gray = await document.center.gray(document.ref, context.signal)
    if (gray === null) {
      const wanted = await withDatasource(context, document, content, want.datasource)
      await document.center.putGray(document.ref, wanted, { expect: 'absent', addresses }, context.signal)
    } else if (sha256(gray.content) !== seen.tried) throw foreignGray(document, gray)
    await restartUntilFirstFailure(context, want.service, want.instances)
    for (let said = ''; ;) {
      const missing = (await findUntried(context, want, seen)).join('; ')
      if (missing === '') return
      if (missing !== said) context.say(`waiting: ${missing}`)
      said = missing
      await context.ports.clock.sleep(lookAgainMs, context.signal)
    }
  },

  async verify(context, want, seen) {
    const document = serviceDocument(context, want.service)
    if (!seen.differs)
      return { holds: true, evidence: `${document.title} has this datasource for everybody already` }
    const missing = await findUntried(context, want, seen)
    if (missing.length > 0) return { holds: false, reason: missing.join('; ') }
    const { database, user } = want.datasource
    const count = (await newSessions(context, want, seen)).length
    return {
      holds: true,
      evidence: `${want.instances.join(', ')} came up with ${document.title} as tried and opened ${count} sessions as ${user} on ${database}`,
    }
  },

  undo: takeTrialBack,

  async verifyUndone(context, want, seen) {
    const document = serviceDocument(context, want.service)
    if (!seen.differs) return { holds: true, evidence: 'nothing was tried' }
    const gray = await document.center.gray(document.ref, context.signal)
    if (gray)
      return {
        holds: false,
        reason: `${gray.addresses.join(', ')} are given a gray version of ${document.title}`,
      }
    const unhealthy = await unhealthyInstances(context, want.service, want.instances)
    if (unhealthy.length > 0) return { holds: false, reason: unhealthy.join('; ') }
    const left = await newSessions(context, want, seen)
    const { database, user } = want.datasource
    if (left.length > 0) {
      const hosts = [...new Set(left.map(({ host }) => host))].join(', ')
      return {
        holds: false,
        reason: `${user} still has ${left.length} sessions on ${database}, from ${hosts}`,
      }
    }
    return {
      holds: true,
      evidence: `${document.title} has no gray version; ${want.instances.join(', ')} healthy`,
    }
  },
})

/** Observed before anything was done, a gray version is always somebody else's. */
async function requireNoGray(signal: AbortSignal, document: ServiceDocument): Promise<void> {
  const { gray, server } = await document.center.capabilities(signal)
  if (!gray) {
    throw new CutoverError(
      'system.unsupported',
      `${server} knows no gray versions, so nothing can be tried on single instances`,
      {
        where: document.center.name,
        hint: 'Leave try-config out; switch-config gives the datasource to all at once.',
      },
    )
  }
  const present = await document.center.gray(document.ref, signal)
  if (present) throw foreignGray(document, present)
}
