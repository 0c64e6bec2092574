import { z } from 'zod'
import { CutoverError, isCutoverError } from '../core/errors.ts'
import type { StoredDocument } from '../core/ports/config-center.ts'
import { serviceRef } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'
import { editedMeanwhile } from './edited-meanwhile.ts'
import { refuseForeignGray } from './gray-version.ts'
import { unhealthyInstances } from './restart-each.ts'
import { findBytes, restartOnDocument, takeBackEdit, type SeenDocument } from './restore-document.ts'
import {
  datasourceIn,
  readDocument,
  serviceDocument,
  sha256,
  type ServiceDocument,
} from './service-document.ts'

const schema = z.strictObject({
  service: serviceRef('Service whose document is put back.'),
  before: z.string().min(1).meta({
    description:
      'Id of an earlier step switch-config of this playbook: the document becomes what it was before that step.',
  }),
})
type Want = z.infer<typeof schema>
type Seen = {
  readonly etag: string
  /** SHA-256 of the content before and after: recognises both when they come from the history. */
  readonly sha256: string
  readonly wanted: string
  /** False: the document was back already, so there is nothing to undo. */
  readonly differs: boolean
}

/**
 * Puts a document back, byte for byte, as part of the way forward: for a playbook that publishes a datasource for a time
 * only. The way back after a failure needs no such step, the undo of `switch-config` does it by itself.
 *
 * Only the datasource may differ from what is put back: whatever else somebody has edited since then would be lost.
 */
export const restoreConfig = defineStep<Want, Seen>({
  kind: 'restore-config',
  summary: "Puts a service's document back to what it was before an earlier switch-config, byte for byte.",
  schema,
  needs: (want) => [{ service: want.service, part: 'restart', onlyUndo: true }],
  follows: (want) => ({ id: want.before, kinds: ['switch-config'] }),
  publishes: (want) => want.service,
  // Undo restarts instances, and each may take its time to finish its requests.
  defaultDeadlineMs: 300_000,

  async observe(context, want) {
    const document = serviceDocument(context, want.service)
    await requireHistory(context, document)
    const current = await readDocument(context, document)
    const wanted = imageOf(context, want).sha256
    const old = await oldBytes(context, document, wanted, current)
    await refuseForeignGray(context, document, old)
    requireOnlyDatasource(context, document, old, current.content)
    const hash = sha256(current.content)
    return { etag: current.etag, sha256: hash, wanted, differs: hash !== wanted }
  },

  async plan(context, want) {
    const document = serviceDocument(context, want.service)
    await requireHistory(context, document)
    const { content } = await readDocument(context, document)
    const { address, user } = datasourceIn(context, document, content)
    const from = `what ${want.before} and later steps make of it`
    // The document that is there while the plan is made is the one that step is going to find.
    const to = `${address} as ${user}, byte for byte as before ${want.before}`
    return [{ subject: document.title, from, to, fidelity: 'predicted' }]
  },

  async run(context, want, seen) {
    const document = serviceDocument(context, want.service)
    const current = await readDocument(context, document)
    if (sha256(current.content) === seen.wanted) return
    if (current.etag !== seen.etag) throw editedMeanwhile(document)
    const old = await oldBytes(context, document, seen.wanted, current)
    await replace(context, document, current, old)
  },

  async verify(context, want, seen) {
    const document = serviceDocument(context, want.service)
    const { content, etag } = await readDocument(context, document)
    const { address, user } = datasourceIn(context, document, content)
    const says = `${document.title} says ${address} as ${user}`
    if (sha256(content) !== seen.wanted) {
      return { holds: false, reason: `${says}, not byte for byte what it was before ${want.before}` }
    }
    await document.center.awaitVisible(document.ref, etag, context.signal)
    return { holds: true, evidence: `${says}, byte for byte as before ${want.before}, visible to clients` }
  },

  async undo(context, want, seen) {
    if (!seen.differs) return
    const document = serviceDocument(context, want.service)
    const current = await readDocument(context, document)
    await takeBackEdit(context, document, current)
    const hash = sha256(current.content)
    if (hash !== seen.sha256) {
      if (hash !== seen.wanted) throw editedMeanwhile(document)
      await replace(context, document, current, await oldBytes(context, document, seen.sha256, current))
    }
    await restartOnDocument(context, want.service, document)
  },

  async verifyUndone(context, want, seen) {
    const document = serviceDocument(context, want.service)
    const unhealthy = await unhealthyInstances(context, want.service)
    if (unhealthy.length > 0) return { holds: false, reason: unhealthy.join('; ') }
    const { content } = await readDocument(context, document)
    const { address, user } = datasourceIn(context, document, content)
    const says = `${document.title} says ${address} as ${user}`
    return sha256(content) === seen.sha256
      ? { holds: true, evidence: `${says}, byte for byte as before ${context.stepId}` }
      : { holds: false, reason: says }
  },
})

/** @throws CutoverError `system.refused` when that step has not looked at the document in this run. */
function imageOf(context: StepContext, { before }: Want): SeenDocument {
  const image = context.before(before) as SeenDocument | undefined
  if (image) return image
  throw new CutoverError(
    'system.refused',
    `${before} has not run, so nothing tells what was there before it`,
    {
      hint: `Put ${before} before this step.`,
    },
  )
}

async function requireHistory(context: StepContext, { center, title }: ServiceDocument): Promise<void> {
  const { history, server } = await center.capabilities(context.signal)
  if (history) return
  throw new CutoverError('system.unsupported', `${server} keeps no history to restore ${title} from`, {
    where: center.name,
    hint: 'Use switch-config with the datasource that the service is to have again.',
  })
}

async function oldBytes(
  context: StepContext,
  document: ServiceDocument,
  hash: string,
  current: StoredDocument,
): Promise<string> {
  const found = await findBytes(context, document, hash, current)
  if (found !== undefined) return found
  throw new CutoverError(
    'system.refused',
    `the history of ${document.title} does not have the text any more that is to be put back`,
    {
      where: document.center.name,
      hint: 'It was edited many times since, or its history was cleared. Set the datasource by hand.',
    },
  )
}

function requireOnlyDatasource(
  context: StepContext,
  document: ServiceDocument,
  old: string,
  now: string,
): void {
  if (old !== now && !pointsBackTo(context, document, old, now)) throw editedMeanwhile(document)
}

/** True: the text of now with the datasource of the old one is the old one. */
function pointsBackTo(
  context: StepContext,
  { format, fields }: ServiceDocument,
  old: string,
  now: string,
): boolean {
  const { documents } = context.ports
  try {
    const { title, address, user, password } = documents.readDatasource(old, format, fields)
    const whole = documents.read(old, format, fields.url, fields.document)
    // Several servers are put back as they were written.
    const server = address ?? { ...documents.parseAddress(`mysql://${title.split(',')[0]}/`), url: whole }
    const to = { ...server, user, password: password.reveal() }
    return documents.editDatasource(now, format, fields, to) === old
  } catch (error) {
    // Somebody has made something of it in which the datasource cannot be set any more.
    if (isCutoverError(error) && error.code === 'system.refused') return false
    throw error
  }
}

async function replace(
  context: StepContext,
  { center, ref }: ServiceDocument,
  { etag }: StoredDocument,
  content: string,
): Promise<void> {
  const put = await center.put(ref, content, { expect: { etag } }, context.signal)
  await center.awaitVisible(ref, put.etag, context.signal)
}
