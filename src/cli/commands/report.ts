import { readJournal } from '../../runner/read-journal.ts'
import { renderReport } from '../../report/render-report.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { findRunDirectory } from '../runs/run-directory.ts'

/** Prints the report of a run, the newest by default. Reads the journal and nothing else. */
export async function report(run: string | undefined, options: { readonly runs: string }): Promise<ExitCode> {
  const directory = await findRunDirectory(options.runs, run)
  process.stdout.write(renderReport({ entries: await readJournal(directory) }))
  return exitCodes.done
}
