import { CutoverError } from '../core/errors.ts'
import type { AskedInstance } from '../core/hot-instances.ts'
import { findUnready } from '../core/readiness.ts'
import type { StepContext } from '../core/step.ts'
import { readStaged } from './staged-documents.ts'

/**
 * The list of instances was read anew: one that came after the gate is looked at as strictly as the others.
 * @throws CutoverError `service.unhealthy` naming who is not ready; nothing was ordered yet.
 */
export async function refuseUnready(
  context: StepContext,
  services: readonly string[],
  asked: readonly AskedInstance[],
): Promise<void> {
  const staged = await readStaged(context, services)
  const unready = findUnready(asked, { runId: context.runId, staged })
  if (unready.length === 0) return
  throw new CutoverError('service.unhealthy', `writes were not held: ${unready.join('; ')}`, {
    where: services.join(', '),
    hint: 'Look at the instances named here. The gate instances-ready says the same beforehand.',
  })
}
