import { CutoverError } from '../core/errors.ts'
import type { GrayDocument } from '../core/ports/config-center.ts'
import type { StepContext } from '../core/step.ts'
import type { ServiceDocument } from './service-document.ts'

/** The gray version of a document; null where there is none, also where the config center knows no such thing. */
export async function grayVersion(
  context: StepContext,
  document: ServiceDocument,
): Promise<GrayDocument | null> {
  const { gray } = await document.center.capabilities(context.signal)
  return gray ? document.center.gray(document.ref, context.signal) : null
}

/**
 * Somebody who tries another version on some instances would go on doing so behind a formal publish, and would not know.
 * @throws CutoverError `conflict` when there is a gray version with other content than this one.
 */
export async function refuseForeignGray(
  context: StepContext,
  document: ServiceDocument,
  wanted: string,
): Promise<void> {
  const gray = await grayVersion(context, document)
  if (gray && gray.content !== wanted) throw foreignGray(document, gray)
}

/** Everybody is given the document again, also those who tried exactly this content before. */
export async function stopOwnGray(
  context: StepContext,
  document: ServiceDocument,
  wanted: string,
): Promise<void> {
  const gray = await grayVersion(context, document)
  if (gray === null) return
  if (gray.content !== wanted) throw foreignGray(document, gray)
  await document.center.stopGray(document.ref, { expect: { etag: gray.etag } }, context.signal)
}

export function foreignGray(document: ServiceDocument, { addresses }: GrayDocument): CutoverError {
  return new CutoverError(
    'conflict',
    `somebody else has a gray version of ${document.title} for ${addresses.join(', ')}; nothing was touched`,
    {
      where: document.center.name,
      hint: 'Agree with its author, have it stopped in the config center, then start again.',
    },
  )
}
