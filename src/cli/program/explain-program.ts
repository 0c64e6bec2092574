import type { Command } from 'commander'
import type { ExplainOptions } from '../commands/explain.ts'
import type { ExitCode } from '../exit-codes.ts'

/** `cutover explain …`: what the kit knows, without a run. */
export function addExplain(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command('explain')
    .description('Say what something means. Contacts nothing.')
    .command('error')
    .description(
      'Say what an error of MySQL or MariaDB means during a cutover: its class, whether the work may be replayed, when it may be shown as upgrading, and how that is known.',
    )
    .argument('[errno-or-symbol]', 'number, or symbol such as ER_LOCK_DEADLOCK (default: the whole table)')
    .option('--json', 'as JSON')
    .action(async (name: string | undefined, options: ExplainOptions) => {
      const { explainError } = await import('../commands/explain.ts')
      setExitCode(explainError(name, options))
    })
}
