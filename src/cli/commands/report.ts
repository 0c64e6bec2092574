import { readJournal } from '../../runner/read-journal.ts'
import { renderReport } from '../../report/render-report.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'

export async function report(directory: string): Promise<ExitCode> {
  process.stdout.write(renderReport({ entries: await readJournal(directory) }))
  return exitCodes.done
}
