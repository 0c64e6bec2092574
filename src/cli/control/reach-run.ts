import { CutoverError } from '../../core/errors.ts'
import type { RunEvent } from '../../core/run-event.ts'
import { connectPatiently } from './connect-patiently.ts'
import type { ControlClient } from './control-client.ts'
import { findRun } from './find-run.ts'
import { lookAtRun, type LookedAt } from './look-at-run.ts'
import { whatToDo } from './tell-run.ts'

/** A run with a process that answers. */
export interface ReachedRun extends Disposable {
  readonly directory: string
  readonly client: ControlClient
}

/**
 * Connects with the process that carries out a run.
 * @throws CutoverError `usage` when the run has ended, `system.unreachable` when nobody carries it out or its process
 *   does not answer; the hint says what to type instead.
 */
export async function reachRun(
  runs: string,
  run: string | undefined,
  onEvent?: (event: RunEvent) => void,
): Promise<ReachedRun> {
  const directory = await findRun(runs, run)
  const client = await connectPatiently(directory, onEvent)
  if (typeof client !== 'string')
    return { directory, client, [Symbol.dispose]: () => client[Symbol.dispose]() }
  throw unreachable(await lookAtRun(directory))
}

function unreachable(seen: LookedAt): CutoverError {
  const { state, condition, pid } = seen
  const id = state.runId || seen.directory
  const hint = whatToDo(seen).join(' ')
  if (state.ended) return new CutoverError('usage', `Run ${id} has ended: ${condition}`, { hint })
  const why =
    condition === 'not answering'
      ? `its process ${pid} does not answer`
      : `nobody carries it out; process ${pid} is dead or on another machine`
  return new CutoverError('system.unreachable', `Run ${id} cannot be reached: ${why}`, { hint })
}
