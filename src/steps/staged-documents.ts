import { CutoverError } from '../core/errors.ts'
import type { Notice, StagedDocument } from '../core/notice.ts'
import { stagedRef } from '../core/staged-document.ts'
import type { StepContext } from '../core/step.ts'
import { serviceDocument, type ServiceDocument } from './service-document.ts'

/** The document with the datasource that a service is going to have; it stands beside its present one. */
export function stagedDocument(context: StepContext, service: string): ServiceDocument {
  const present = serviceDocument(context, service)
  const ref = stagedRef(present.ref)
  return { ...present, ref, title: `document ${ref.dataId} in ${present.center.name}` }
}

/**
 * What a notice says about the staged documents of services, in the version they have now.
 * @throws CutoverError `system.refused` when one is not staged, `playbook.invalid` when it is in another config center.
 */
export async function readStaged(
  context: StepContext,
  services: readonly string[],
): Promise<NonNullable<Notice['staged']>> {
  const all: Record<string, StagedDocument> = {}
  for (const service of services) all[service] = await readOne(context, service)
  return all
}

async function readOne(context: StepContext, service: string): Promise<StagedDocument> {
  const { center, ref, title } = stagedDocument(context, service)
  if (center.name !== context.ports.notice?.center) {
    throw new CutoverError('playbook.invalid', `${title} is in another config center than the notice`, {
      hint: 'A service reads both from one center: put the notice into the center of its document.',
    })
  }
  const stored = await center.get(ref, context.signal)
  if (stored) return { ...ref, etag: stored.etag }
  throw new CutoverError('system.refused', `${title} does not exist: nothing is staged for ${service}`, {
    where: center.name,
    hint: 'Put a step stage-datasource for the service before this one.',
  })
}
