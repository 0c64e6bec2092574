import type { Command } from 'commander'
import type { JournalOptions, ShowOptions } from '../commands/journal.ts'
import type { ExitCode } from '../exit-codes.ts'

/** `cutover journal …`: what reads the record of a run. */
export function addJournal(program: Command, setExitCode: (code: ExitCode) => void): void {
  const journal = program
    .command('journal')
    .description('Check or show the record of a run. Changes nothing.')
  onRun(
    journal,
    'verify',
    'Check the chain of a journal, and that playbook and plan beside it are those it names.',
  ).action(async (run: string | undefined, options: JournalOptions) => {
    const { verifyJournal } = await import('../commands/journal.ts')
    setExitCode(await verifyJournal(run, options))
  })
  onRun(journal, 'show', 'Print every entry of a journal, one line each.')
    .option('--json', 'the entries as they are, one JSON object a line')
    .action(async (run: string | undefined, options: ShowOptions) => {
      const { showJournal } = await import('../commands/journal.ts')
      setExitCode(await showJournal(run, options))
    })
}

function onRun(journal: Command, name: string, description: string): Command {
  return journal
    .command(name)
    .description(description)
    .argument('[run]', 'id or directory of the run (default: the newest)')
    .option('--runs <directory>', 'where run directories are', 'runs')
}
