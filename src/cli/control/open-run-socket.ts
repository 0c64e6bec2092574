import { readJournal } from '../../runner/read-journal.ts'
import { openControlServer, type ControlServer } from './control-server.ts'

/**
 * Opens the control socket of a run before anything is done in it.
 * @throws CutoverError `locked` when another process works on this run.
 */
export async function openRunSocket(
  run: { readonly runId: string; readonly directory: string },
  redact: (text: string) => string,
): Promise<ControlServer> {
  return openControlServer({ ...run, redact, holder: await holderOf(run.directory) })
}

/** Who works on the run, as far as its journal knows. A damaged journal is the run's trouble, not the lock's. */
async function holderOf(directory: string): Promise<string> {
  const entries = await readJournal(directory).catch(() => [])
  const last = entries.at(-1)
  return last ? `Process ${last.pid} (${last.actor})` : 'Another process'
}
