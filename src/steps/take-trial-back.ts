import type { StepContext } from '../core/step.ts'
import { foreignGray } from './gray-version.ts'
import { restartEach } from './restart-each.ts'
import { readDocument, serviceDocument, sha256 } from './service-document.ts'
import { newSessions, type Trial, type TrialWish } from './trial-evidence.ts'

/**
 * Takes a trial back, from wherever it was cut off.
 *
 * The gray version first gets the text of the document itself, then its instances are restarted, then it is stopped. So as
 * long as somebody may run with what was tried there is a gray version to find, and when it is gone everything is done.
 * Only when somebody else has stopped it meanwhile do the sessions on the new server have to tell.
 */
export async function takeTrialBack(context: StepContext, want: TrialWish, seen: Trial): Promise<void> {
  if (!seen.differs) return
  const document = serviceDocument(context, want.service)
  const { center, ref } = document
  const { content } = await readDocument(context, document)
  let gray = await center.gray(ref, context.signal)
  if (gray !== null && gray.content !== content) {
    if (sha256(gray.content) !== seen.tried) throw foreignGray(document, gray)
    const { addresses, etag } = gray
    gray = await center.putGray(ref, content, { expect: { etag }, addresses }, context.signal)
  }
  if (gray !== null || (await newSessions(context, want, seen)).length > 0) {
    await restartEach(context, want.service, want.instances)
  }
  if (gray !== null) await center.stopGray(ref, { expect: { etag: gray.etag } }, context.signal)
}
