import { playbookItems } from '../../core/playbook.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { openPlaybook } from '../open-playbook.ts'

export async function check(file: string): Promise<ExitCode> {
  const playbook = await openPlaybook(file)
  if (!playbook) return exitCodes.usage
  process.stdout.write(`${playbook.file}: ${playbookItems(playbook).length} steps and gates, no mistakes\n`)
  return exitCodes.done
}
