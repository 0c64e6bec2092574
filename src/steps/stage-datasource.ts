import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import { databaseRef, secretRef, serviceRef } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'
import { describeChange, withDatasource } from './datasource-edit.ts'
import { datasourceIn, readDocument, serviceDocument, sha256 } from './service-document.ts'
import { stagedDocument } from './staged-documents.ts'

const schema = z.strictObject({
  service: serviceRef('Service whose next datasource is staged.'),
  datasource: z
    .strictObject({
      database: databaseRef('Server the service is going to use; its serviceAddress goes into the url.'),
      user: z.string().min(1).meta({ description: 'User name the service is going to log in with.' }),
      password: secretRef('Password that goes into the document.'),
      schema: z.string().min(1).optional().meta({ description: 'Schema in the url. Left out: unchanged.' }),
    })
    .meta({ description: 'The datasource the service is going to have.' }),
})
type Want = z.infer<typeof schema>
type Seen = {
  /** Version of the service's own document that the staged one was made from. */
  readonly etag: string
  /** SHA-256 of what is staged: recognises it later. The content holds a password. */
  readonly sha256: string
  /** True: exactly this was there already, so there is nothing to undo. */
  readonly staged: boolean
}

/**
 * Writes a service's document with its next datasource beside the present one, where nobody reads it until a notice
 * names it. A document of that name with anything else in it is somebody's, and is not overwritten.
 */
export const stageDatasource = defineStep<Want, Seen>({
  kind: 'stage-datasource',
  summary: "Writes a service's document with its next datasource beside the present one, for a live switch.",
  schema,
  needs: (want) => [{ service: want.service, part: 'hot' }],

  async observe(context, want) {
    const { etag, wanted, staged } = await read(context, want)
    refuseOthers(context, want, staged?.content, wanted)
    return { etag, sha256: sha256(wanted), staged: staged !== null }
  },

  async plan(context, want) {
    const { present, wanted, staged } = await read(context, want)
    refuseOthers(context, want, staged?.content, wanted)
    if (staged) return []
    const document = serviceDocument(context, want.service)
    const { to } = describeChange(context, document, present, wanted, want.datasource)
    const subject = stagedDocument(context, want.service).title
    const from = `as version ${present.etag.slice(0, 8)} of ${document.title}`
    return [{ subject, to: `${to ?? ''}; the rest ${from}`, fidelity: 'exact' }]
  },

  async run(context, want, seen) {
    const { etag, present, wanted, staged } = await read(context, want)
    refuseOthers(context, want, staged?.content, wanted)
    if (etag !== seen.etag) throw editedMeanwhile(context, want)
    const { center, ref } = stagedDocument(context, want.service)
    const put =
      staged ?? (await center.put(ref, wanted, { expect: 'absent', meta: present.meta }, context.signal))
    await center.awaitVisible(ref, put.etag, context.signal)
  },

  async verify(context, want) {
    const { wanted, staged } = await read(context, want)
    const document = stagedDocument(context, want.service)
    if (!staged) return { holds: false, reason: `${document.title} does not exist` }
    if (staged.content !== wanted)
      return {
        holds: false,
        reason: `${document.title} is not the service's document with the next datasource`,
      }
    await document.center.awaitVisible(document.ref, staged.etag, context.signal)
    const { address, user } = datasourceIn(context, document, staged.content)
    return { holds: true, evidence: `${document.title} says ${address} as ${user}, visible to clients` }
  },

  async undo(context, want, seen) {
    if (seen.staged) return
    const { center, ref, title } = stagedDocument(context, want.service)
    const staged = await center.get(ref, context.signal)
    if (!staged) {
      // Edited and never released, by a run that died in between: it holds a password.
      if ((await center.capabilities(context.signal)).twoSteps === true)
        await center.remove(ref, { expect: 'absent' }, context.signal)
      return
    }
    if (sha256(staged.content) !== seen.sha256) throw editedAfterUs(center.name, title)
    await center.remove(ref, { expect: { etag: staged.etag } }, context.signal)
  },

  async verifyUndone(context, want, seen) {
    const { center, ref, title } = stagedDocument(context, want.service)
    const staged = await center.get(ref, context.signal)
    if (seen.staged) return { holds: true, evidence: `${title} was there before` }
    if (!staged) return { holds: true, evidence: `${title} does not exist` }
    return { holds: false, reason: `${title} is still there` }
  },
})

async function read(context: StepContext, want: Want) {
  const document = serviceDocument(context, want.service)
  const present = await readDocument(context, document)
  const wanted = await withDatasource(context, document, present.content, want.datasource)
  const next = stagedDocument(context, want.service)
  return {
    present,
    etag: present.etag,
    wanted,
    staged: await next.center.get(next.ref, context.signal),
  }
}

function refuseOthers(context: StepContext, want: Want, found: string | undefined, wanted: string): void {
  if (found === undefined || found === wanted) return
  const { center, title } = stagedDocument(context, want.service)
  throw new CutoverError(
    'conflict',
    `${title} is there already and says something else; it was not touched`,
    {
      where: center.name,
      hint: 'It may be left over from an earlier run: when no run is under way, remove it and start again.',
    },
  )
}

function editedMeanwhile(context: StepContext, want: Want): CutoverError {
  const { center, title } = serviceDocument(context, want.service)
  return new CutoverError('conflict', `somebody else edited ${title} during the run; nothing was staged`, {
    where: center.name,
    hint: 'See who changed what in its history, agree with them, then start again.',
  })
}

function editedAfterUs(where: string, title: string): CutoverError {
  return new CutoverError('conflict', `somebody else edited ${title}; it was not removed`, {
    where,
    hint: 'Look at what it says and remove it by hand; it holds a password. Then undo again.',
  })
}
