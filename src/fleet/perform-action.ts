import { CutoverError } from '../core/errors.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { Commands } from '../core/ports/commands.ts'
import type { ActionSpec } from '../core/system-specs.ts'
import { sendRequest } from './send-request.ts'

// Draining waits for requests in flight; the step's own deadline is usually shorter.
const actionWithinMs = 60_000

export interface ActionPorts {
  readonly commands: Commands
  readonly clock: Clock
}

/** Runs the program or sends the request. @throws CutoverError `command.failed` or `system.*` when it fails. */
export async function performAction(
  action: ActionSpec,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  if ('command' in action) {
    const { exitCode, outputTail } = await ports.commands.run(action.command, {}, signal)
    if (exitCode === 0) return
    const said = outputTail.trim()
    throw new CutoverError(
      'command.failed',
      `${describeAction(action)} ended with status ${exitCode}${said === '' ? '' : `: ${said}`}`,
    )
  }
  const [method, url] = splitRequest(action.request)
  const options = { clock: ports.clock, deadlineMs: actionWithinMs, signal }
  const { status } = await sendRequest(url, { method, path: '' }, options)
  if (status >= 200 && status < 300) return
  throw new CutoverError('system.refused', `${describeAction(action)} was answered with ${status}`)
}

/** As an operator would type or recognise it. */
export function describeAction(action: ActionSpec): string {
  return 'command' in action ? action.command.join(' ') : action.request
}

function splitRequest(request: string): [method: string, url: string] {
  const space = request.indexOf(' ')
  return [request.slice(0, space), request.slice(space + 1)]
}
