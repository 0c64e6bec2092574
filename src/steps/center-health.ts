import { formatMs } from '../core/deadline.ts'
import { CutoverError } from '../core/errors.ts'
import type { CenterServerHealth } from '../core/ports/config-center.ts'
import type { StepContext } from '../core/step.ts'
import { serviceDocument } from './service-document.ts'

/**
 * So long is waited for the servers of a config center, milliseconds. Shorter than a step's deadline, which would only say
 * that time was up.
 */
const waitMs = 30_000
const lookAgainMs = 500

/**
 * Resolves when every server of the config center that holds a service's document is ready.
 *
 * An instance that starts while its config center is away takes the copy of its document that it last kept on its disk, of
 * whatever age, and reports that it is healthy; or it does not start at all. Running on with what it has is safe: before
 * the point of no return only the source takes writes, after it only the target, whatever an instance was told.
 * @param kept what is not restarted, for the message: `orders-1, orders-2`.
 * @throws CutoverError `system.unreachable` naming the servers that are not ready.
 */
export async function untilCenterHealthy(context: StepContext, service: string, kept: string): Promise<void> {
  const { center } = serviceDocument(context, service)
  const { clock } = context.ports
  const startedAt = clock.monotonicMs()
  for (let said = ''; ;) {
    const ill = (await center.health(context.signal)).filter(({ healthy }) => !healthy)
    if (ill.length === 0) return
    const which = describe(ill)
    if (clock.monotonicMs() - startedAt >= waitMs) throw away(service, center.name, which, kept)
    if (which !== said) context.say(`waiting for ${center.name} before ${kept} is restarted: ${which}`)
    said = which
    await clock.sleep(lookAgainMs, context.signal)
  }
}

function describe(ill: readonly CenterServerHealth[]): string {
  return ill.map(({ server, detail }) => `${server} (${detail})`).join(', ')
}

function away(service: string, center: string, which: string, kept: string): CutoverError {
  return new CutoverError(
    'system.unreachable',
    `${center} is not healthy for ${formatMs(waitMs)}: ${which}; ${kept} of ${service} was not restarted and runs on with what it has`,
    {
      where: center,
      hint: `An instance that starts now would take an old copy of its document. Bring ${center} back; then cutover resume, or cutover undo, goes on.`,
    },
  )
}
