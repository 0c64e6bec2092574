import type { Command } from 'commander'
import type { HistoryOptions } from '../commands/document.ts'
import type { RollbackOptions } from '../commands/document-rollback.ts'
import type { ExitCode } from '../exit-codes.ts'

/** `cutover document …`: what stood in a service's document, and one of that again. */
export function addDocument(program: Command, setExitCode: (code: ExitCode) => void): void {
  const document = program
    .command('document')
    .description("Look at a service's document in the config center, or roll it back.")
  const onService = (name: string, description: string): Command =>
    document
      .command(name)
      .description(description)
      .argument('<playbook>', 'YAML file')
      .argument('<service>', 'service whose document it is')
  onService('history', 'List the changes of the document of a service: ids, times, authors. Changes nothing.')
    .option('--json', 'as JSON')
    .action(async (file: string, service: string, options: HistoryOptions) => {
      const { documentHistory } = await import('../commands/document.ts')
      setExitCode(await documentHistory(file, service, options))
    })
  onService('show', 'Print the document, secrets masked. Changes nothing.')
    .argument('[version]', 'id of a change: as it was after that (default: as it is)')
    .action(async (file: string, service: string, version: string | undefined) => {
      const { documentShow } = await import('../commands/document.ts')
      setExitCode(await documentShow(file, service, version))
    })
  onService('diff', 'Print the lines in which two versions differ, secrets masked. Changes nothing.')
    .argument('<from>', 'id of a change: as it was after that')
    .argument('[to]', 'id of a change (default: as it is)')
    .action(async (file: string, service: string, from: string, to: string | undefined) => {
      const { documentDiff } = await import('../commands/document.ts')
      setExitCode(await documentDiff(file, service, from, to))
    })
  onService(
    'rollback',
    'Make the document what it was after an earlier change, when it is still what was shown. Refused while a run holds the lock of the service. Restarts nothing.',
  )
    .argument('<version>', 'id of a change')
    .option('--etag <etag>', 'refuse unless this is the version that is overwritten')
    .option('--yes', 'agree beforehand; needs --etag')
    .action(async (file: string, service: string, version: string, options: RollbackOptions) => {
      const { documentRollback } = await import('../commands/document-rollback.ts')
      setExitCode(await documentRollback(file, service, version, options))
    })
}
