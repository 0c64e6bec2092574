import { CutoverError } from '../core/errors.ts'
import type { ServiceDocument } from './service-document.ts'

/** Somebody was quicker, or is at work in the same document. */
export function editedMeanwhile(document: ServiceDocument): CutoverError {
  return new CutoverError(
    'conflict',
    `somebody else edited ${document.title} during the run; nothing was overwritten`,
    {
      where: document.center.name,
      hint: 'See who changed what in its history, agree with them, then start again.',
    },
  )
}
