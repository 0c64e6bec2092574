import { formatMs } from '../../core/deadline.ts'
import { foldJournal } from '../../core/fold.ts'
import { entryText } from '../../report/entry-text.ts'
import { inspectJournal, type JournalFacts } from '../../runner/inspect-journal.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { checkRunDirectory, type DirectoryFacts } from '../runs/check-run-directory.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { findRunDirectory } from '../runs/run-directory.ts'

export interface JournalOptions {
  readonly runs: string
}

export interface ShowOptions extends JournalOptions {
  readonly json?: true
}

/** Can the record of a run be believed? Reads only, also while the run goes on. */
export async function verifyJournal(run: string | undefined, options: JournalOptions): Promise<ExitCode> {
  const directory = await findRunDirectory(options.runs, run)
  const facts = await inspectJournal(directory)
  const beside = await checkRunDirectory(directory, foldJournal(facts.entries))
  if ((facts.mode & 0o077) !== 0) {
    process.stderr.write(
      `warning: others may read ${facts.file} (mode ${facts.mode.toString(8)})\n  next: chmod 600 ${facts.file}\n`,
    )
  }
  process.stdout.write(describe(facts, beside))
  return exitCodes.done
}

/** Prints every entry, one line each. */
export async function showJournal(run: string | undefined, options: ShowOptions): Promise<ExitCode> {
  const entries = await readJournal(await findRunDirectory(options.runs, run))
  const lines = entries.map((entry) => (options.json ? JSON.stringify(entry) : entryText(entry)))
  process.stdout.write(`${lines.join('\n')}\n`)
  return exitCodes.done
}

function describe(
  { file, entries, lastHash, tornBytes, epochs }: JournalFacts,
  beside: DirectoryFacts,
): string {
  const [first, last] = [entries.at(0), entries.at(-1)]
  const span = first && last ? Date.parse(last.at) - Date.parse(first.at) : 0
  const from = first && last ? `, ${first.at} to ${last.at} (${formatMs(Math.max(0, span))})` : ''
  const rows: readonly (readonly [string, string])[] = [
    ['journal', file],
    ['entries', `${entries.length}${from}`],
    ['chain', 'whole: every line follows the one before it'],
    ...(tornBytes > 0 ? [['torn', tornText(tornBytes)] as const] : []),
    ...epochs.map(({ epoch, seq, actor }) => [`epoch ${epoch}`, `from entry ${seq} on, ${actor}`] as const),
    ['playbook', beside.playbook],
    ['plan', beside.plan],
    ['last hash', lastHash],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join('')
}

function tornText(bytes: number): string {
  return `${bytes} bytes of a last line that was cut off, or is being written; nothing was done on its word`
}
