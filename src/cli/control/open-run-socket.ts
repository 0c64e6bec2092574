import { isCutoverError } from '../../core/errors.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { openControlServer, type ControlServer } from './control-server.ts'

/**
 * Opens the control socket of a run before anything is done in it. Where no socket can be made the run goes without:
 * the databases' own locks still keep other runs away.
 * @throws CutoverError `locked` when another process works on this run.
 */
export async function openRunSocket(
  run: { readonly runId: string; readonly directory: string },
  redact: (text: string) => string,
  say: (text: string) => void,
): Promise<ControlServer> {
  try {
    return await openControlServer({ ...run, redact, holder: await holderOf(run.directory) })
  } catch (error) {
    if (isCutoverError(error) && error.code === 'locked') throw error
    const why = error instanceof Error ? error.message : 'unknown reason'
    say(`No other terminal can look at this run or steer it: ${why}`)
    return noServer
  }
}

const noServer: ControlServer = {
  path: '',
  handle: () => undefined,
  tell: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

/** Who works on the run, as far as its journal knows. A damaged journal is the run's trouble, not the lock's. */
async function holderOf(directory: string): Promise<string> {
  const entries = await readJournal(directory).catch(() => [])
  const last = entries.at(-1)
  return last ? `Process ${last.pid} (${last.actor})` : 'Another process'
}
