import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import { serviceRef } from '../core/refs.ts'
import { defineStep } from '../core/step.ts'
import { datasourceIn, readDocument, serviceDocument, type ServiceDocument } from './service-document.ts'
import { stagedDocument } from './staged-documents.ts'

const schema = z.strictObject({ service: serviceRef('Service whose staged document is removed.') })
type Want = z.infer<typeof schema>
/** Version of what is removed; null: there was nothing. */
type Seen = { readonly etag: string | null }

/** Removes the staged document of a service that has the datasource in its own document by now. */
export const retireDatasource = defineStep<Want, Seen>({
  kind: 'retire-datasource',
  summary: 'Removes the staged document of a service, once its own document names the same datasource.',
  schema,
  needs: (want) => [{ service: want.service, part: 'hot' }],
  // The service's own document is what counts, and this one only holds a password too many.
  skippable: true,
  irreversible: 'the staged document holds a password, so its text is not kept.',

  async observe(context, want) {
    const { center, ref } = stagedDocument(context, want.service)
    return { etag: (await center.get(ref, context.signal))?.etag ?? null }
  },

  async plan(context, want) {
    const { center, ref, title } = stagedDocument(context, want.service)
    const staged = await center.get(ref, context.signal)
    const from = staged ? `version ${staged.etag.slice(0, 8)}` : 'what an earlier step stages'
    return [{ subject: title, from, fidelity: staged ? 'exact' : 'predicted' }]
  },

  async run(context, want) {
    const document = stagedDocument(context, want.service)
    const staged = await document.center.get(document.ref, context.signal)
    if (!staged) return
    const own = serviceDocument(context, want.service)
    const now = datasourceIn(context, own, (await readDocument(context, own)).content)
    const next = datasourceIn(context, document, staged.content)
    if (now.address !== next.address) throw stillNeeded(own, document, now.address)
    await document.center.remove(document.ref, { expect: { etag: staged.etag } }, context.signal)
  },

  async verify(context, want) {
    const { center, ref, title } = stagedDocument(context, want.service)
    if (await center.get(ref, context.signal)) return { holds: false, reason: `${title} is still there` }
    const own = serviceDocument(context, want.service)
    const { content } = await readDocument(context, own)
    const { address, user } = datasourceIn(context, own, content)
    return { holds: true, evidence: `${title} does not exist; ${own.title} says ${address} as ${user}` }
  },
})

function stillNeeded(own: ServiceDocument, staged: ServiceDocument, address: string): CutoverError {
  return new CutoverError('system.refused', `${staged.title} was not removed: ${own.title} says ${address}`, {
    where: own.center.name,
    hint: 'Put a step switch-config that publishes the same datasource before this one.',
  })
}
