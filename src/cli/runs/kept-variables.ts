import type { Variables } from '../../playbook/index.ts'
import { asVariables, differingVariables, readRunVariables } from './run-variables.ts'

/** Those the run was begun with: a shell that lacks them, or has others, must not make another playbook of it. */
export async function keptVariables(runId: string, directory: string): Promise<Variables> {
  const kept = await readRunVariables(directory)
  if (!kept) return process.env
  const differing = differingVariables(kept, process.env)
  if (differing.length > 0) {
    const names = differing.join(', ')
    process.stderr.write(
      `${names}: set to something else here; ${runId} goes on with what it was begun with.\n`,
    )
  }
  return asVariables(kept)
}
