import { styleText } from 'node:util'
import type { CutoverError } from '../core/errors.ts'
import { colours } from './colours.ts'

/** Prints an error for a person: what happened, where, what to do next. The stack only for defects of the kit. */
export function showError(error: CutoverError, redact: (text: string) => string = (text) => text): void {
  const where = error.where && !error.message.includes(error.where) ? ` (${error.where})` : ''
  const title = colours(process.stderr) ? styleText(['red', 'bold'], 'error') : 'error'
  process.stderr.write(redact(`${title}: ${error.message}${where}\n`))
  if (error.hint) process.stderr.write(redact(`  next: ${error.hint}\n`))
  if (error.code === 'internal') {
    const original = error.cause instanceof Error ? error.cause : error
    process.stderr.write(redact(`  This is a defect of cutover-kit.\n${original.stack ?? ''}\n`))
  }
}
