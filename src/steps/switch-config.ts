import { z } from 'zod'
import { secretRef, serviceRef } from '../core/refs.ts'
import { defineStep } from '../core/step.ts'
import { datasourceWish, describeChange, withDatasource } from './datasource-edit.ts'
import { editedMeanwhile } from './edited-meanwhile.ts'
import { grayVersion, refuseForeignGray, stopOwnGray } from './gray-version.ts'
import {
  isBack,
  refuseWithoutWayBack,
  restartOnDocument,
  restoreDocument,
  type SeenDocument,
} from './restore-document.ts'
import { unhealthyInstances } from './restart-each.ts'
import { datasourceIn, readDocument, serviceDocument, sha256 } from './service-document.ts'

const schema = z.strictObject({
  service: serviceRef('Service whose datasource changes.'),
  datasource: datasourceWish,
  previousPassword: secretRef(
    'Password the document holds now. Undo needs it only where the config center keeps no history.',
  ).optional(),
})
type Want = z.infer<typeof schema>

/**
 * Points a service's document to another datasource, keeping every other byte, by compare-and-set. What `try-config` tried
 * on some instances becomes everybody's by that, and its gray version is stopped; any other gray version is somebody's.
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
  publishes: (want) => want.service,
  // Undo restarts instances, and each may take its time to finish its requests.
  defaultDeadlineMs: 300_000,

  async observe(context, want) {
    const document = serviceDocument(context, want.service)
    const { content, etag } = await readDocument(context, document)
    await refuseWithoutWayBack(context, document, want)
    const before = datasourceIn(context, document, content)
    const wanted = await withDatasource(context, document, content, want.datasource)
    await refuseForeignGray(context, document, wanted)
    return { etag, sha256: sha256(content), before, differs: wanted !== content }
  },

  async plan(context, want) {
    const document = serviceDocument(context, want.service)
    const stored = await readDocument(context, document)
    await refuseWithoutWayBack(context, document, want)
    const wanted = await withDatasource(context, document, stored.content, want.datasource)
    await refuseForeignGray(context, document, wanted)
    if (wanted === stored.content) return []
    return [describeChange(context, document, stored, wanted, want.datasource)]
  },

  async run(context, want, seen) {
    const document = serviceDocument(context, want.service)
    const { content, etag } = await readDocument(context, document)
    const wanted = await withDatasource(context, document, content, want.datasource)
    await refuseForeignGray(context, document, wanted)
    if (wanted !== content) {
      if (etag !== seen.etag) throw editedMeanwhile(document)
      const stored = await document.center.put(document.ref, wanted, { expect: { etag } }, context.signal)
      await document.center.awaitVisible(document.ref, stored.etag, context.signal)
    }
    await stopOwnGray(context, document, wanted)
  },

  async verify(context, want) {
    const document = serviceDocument(context, want.service)
    const { content, etag } = await readDocument(context, document)
    const { address, user } = datasourceIn(context, document, content)
    if ((await withDatasource(context, document, content, want.datasource)) !== content) {
      return { holds: false, reason: `${document.title} says ${address} as ${user}, not what was asked for` }
    }
    const gray = await grayVersion(context, document)
    if (gray) {
      return {
        holds: false,
        reason: `${gray.addresses.join(', ')} are given a gray version of ${document.title}`,
      }
    }
    await document.center.awaitVisible(document.ref, etag, context.signal)
    return { holds: true, evidence: `${document.title} says ${address} as ${user}, visible to clients` }
  },

  async undo(context, want, seen) {
    const document = serviceDocument(context, want.service)
    const { published } = await restoreDocument(context, document, want, seen)
    if (published) await restartOnDocument(context, want.service, document)
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
