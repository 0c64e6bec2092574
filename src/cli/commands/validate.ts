import { playbookItems } from '../../core/playbook.ts'
import { countComplaints, type Complaint, type LoadResult } from '../../playbook/index.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readPlaybook, showComplaints } from '../open-playbook.ts'
import { reverseOf } from '../runs/reverse-playbook.ts'

export interface ValidateOptions {
  readonly json?: true
  /** Warnings count as mistakes. */
  readonly strict?: true
}

/**
 * Says everything that is wrong with a playbook and with the one of its way back, and what is allowed and mostly not
 * wanted. Contacts nothing.
 */
export async function validate(file: string, options: ValidateOptions): Promise<ExitCode> {
  const result = await readPlaybook(file)
  const reverseFile = result.ok ? reverseOf(result.playbook, file) : undefined
  const reverse = reverseFile === undefined ? undefined : await readPlaybook(reverseFile)
  const isGood = isWanted(result, options) && (reverse === undefined || isWanted(reverse, options))
  if (options.json) {
    const described = describe(file, result)
    const whole = reverse ? { ...described, reverse: describe(reverseFile ?? '', reverse) } : described
    process.stdout.write(`${JSON.stringify(whole, null, 2)}\n`)
  } else {
    tell(result)
    if (reverse) tell(reverse)
  }
  return isGood ? exitCodes.done : exitCodes.usage
}

function isWanted(result: LoadResult, options: ValidateOptions): boolean {
  return result.ok && !(options.strict && result.warnings.length > 0)
}

function tell(result: LoadResult): void {
  const complaints = result.ok ? result.warnings : result.complaints
  showComplaints(complaints)
  if (!result.ok) return
  const { playbook } = result
  const found = complaints.length === 0 ? 'no mistakes' : `no mistakes, ${countComplaints(complaints)}`
  process.stdout.write(`${playbook.file}: ${playbookItems(playbook).length} steps and gates, ${found}\n`)
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
