import { playbookItems } from '../../core/playbook.ts'
import { countComplaints, type Complaint, type LoadResult } from '../../playbook/index.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readPlaybook, showComplaints } from '../open-playbook.ts'

export interface ValidateOptions {
  readonly json?: true
  /** Warnings count as mistakes. */
  readonly strict?: true
}

/** Says everything that is wrong with a playbook, and what is allowed and mostly not wanted. Contacts nothing. */
export async function validate(file: string, options: ValidateOptions): Promise<ExitCode> {
  const result = await readPlaybook(file)
  const complaints = result.ok ? result.warnings : result.complaints
  const isGood = result.ok && !(options.strict && complaints.length > 0)
  if (options.json) process.stdout.write(`${JSON.stringify(describe(file, result), null, 2)}\n`)
  else {
    showComplaints(complaints)
    if (result.ok) {
      const { playbook } = result
      const found = complaints.length === 0 ? 'no mistakes' : `no mistakes, ${countComplaints(complaints)}`
      process.stdout.write(`${playbook.file}: ${playbookItems(playbook).length} steps and gates, ${found}\n`)
    }
  }
  return isGood ? exitCodes.done : exitCodes.usage
}

/** What `--json` prints. Fields are only ever added. */
function describe(file: string, result: LoadResult): object {
  return {
    kind: 'cutover-validation',
    version: 1,
    file,
    ok: result.ok,
    ...(result.ok && { digest: result.playbook.digest, items: playbookItems(result.playbook).length }),
    mistakes: result.ok ? [] : result.complaints.map(withoutFrame),
    warnings: result.ok ? result.warnings.map(withoutFrame) : [],
  }
}

function withoutFrame({ place, message, hint }: Complaint): object {
  return { line: place.line, column: place.column, message, ...(hint !== undefined && { hint }) }
}
