import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import { databaseRef, secretRef, serviceRef } from '../core/refs.ts'
import { defineStep } from '../core/step.ts'
import { describeChange, wholeAddress, withDatasource } from './datasource-edit.ts'
import { isBack, refuseWithoutWayBack, restoreDocument, type SeenDocument } from './restore-document.ts'
import { restartEach, unhealthyInstances } from './restart-each.ts'
import {
  datasourceIn,
  readDocument,
  serviceDocument,
  sha256,
  type ServiceDocument,
} from './service-document.ts'

const schema = z.strictObject({
  service: serviceRef('Service whose datasource changes.'),
  datasource: z
    .strictObject({
      database: databaseRef('Server the service is to use; its serviceAddress goes into the url.'),
      user: z.string().min(1).meta({ description: 'User name the service logs in with.' }),
      password: secretRef('Password that goes into the document.'),
      schema: z.string().min(1).optional().meta({ description: 'Schema in the url. Left out: unchanged.' }),
      url: wholeAddress,
    })
    .meta({ description: 'The datasource the document is to hold.' }),
  previousPassword: secretRef(
    'Password the document holds now. Undo needs it only where the config center keeps no history.',
  ).optional(),
})
type Want = z.infer<typeof schema>

/**
 * Points a service's document to another datasource, keeping every other byte, by compare-and-set.
 *
 * Undo brings the old bytes back and then restarts the service's instances one after the other: steps are undone
 * backwards, so the restart that followed this step is "undone" before the document is restored, and instances
 * may still run with the datasource that was published here.
 */
export const switchConfig = defineStep<Want, SeenDocument>({
  kind: 'switch-config',
  summary: "Edits url, user and password of a service's datasource in the config center.",
  schema,
  needs: (want) => [{ service: want.service, part: 'restart', onlyUndo: true }],
  // Undo restarts instances, and each may take its time to finish its requests.
  defaultDeadlineMs: 300_000,

  async observe(context, want) {
    const document = serviceDocument(context, want.service)
    const { content, etag } = await readDocument(context, document)
    await refuseWithoutWayBack(context, document, want)
    const before = datasourceIn(context, document, content)
    const wanted = await withDatasource(context, document, content, want.datasource)
    return { etag, sha256: sha256(content), before, differs: wanted !== content }
  },

  async plan(context, want) {
    const document = serviceDocument(context, want.service)
    const stored = await readDocument(context, document)
    await refuseWithoutWayBack(context, document, want)
    const wanted = await withDatasource(context, document, stored.content, want.datasource)
    if (wanted === stored.content) return []
    return [describeChange(context, document, stored, wanted, want.datasource)]
  },

  async run(context, want, seen) {
    const document = serviceDocument(context, want.service)
    const { content, etag } = await readDocument(context, document)
    const wanted = await withDatasource(context, document, content, want.datasource)
    if (wanted === content) return
    if (etag !== seen.etag) throw editedMeanwhile(document)
    const stored = await document.center.put(document.ref, wanted, { expect: { etag } }, context.signal)
    await document.center.awaitVisible(document.ref, stored.etag, context.signal)
  },

  async verify(context, want) {
    const document = serviceDocument(context, want.service)
    const { content, etag } = await readDocument(context, document)
    const { address, user } = datasourceIn(context, document, content)
    if ((await withDatasource(context, document, content, want.datasource)) !== content) {
      return { holds: false, reason: `${document.title} says ${address} as ${user}, not what was asked for` }
    }
    await document.center.awaitVisible(document.ref, etag, context.signal)
    return { holds: true, evidence: `${document.title} says ${address} as ${user}, visible to clients` }
  },

  async undo(context, want, seen) {
    const document = serviceDocument(context, want.service)
    const { published } = await restoreDocument(context, document, want, seen)
    if (published) await restartEach(context, want.service)
  },

  async verifyUndone(context, want, seen) {
    const document = serviceDocument(context, want.service)
    const unhealthy = await unhealthyInstances(context, want.service)
    if (unhealthy.length > 0) return { holds: false, reason: unhealthy.join('; ') }
    const { content } = await readDocument(context, document)
    const now = datasourceIn(context, document, content)
    const says = `${document.title} says ${now.address} as ${now.user}`
    if (sha256(content) === seen.sha256) return { holds: true, evidence: `${says}, byte for byte as before` }
    if (!seen.differs || (await isBack(context, document, want, seen, content))) {
      return { holds: true, evidence: `${says}; somebody else edited the rest of it` }
    }
    return { holds: false, reason: says }
  },
})

function editedMeanwhile(document: ServiceDocument): CutoverError {
  return new CutoverError(
    'conflict',
    `somebody else edited ${document.title} during the run; nothing was overwritten`,
    {
      where: document.center.name,
      hint: 'See who changed what in its history, agree with them, then start again.',
    },
  )
}
