import { CommanderError } from 'commander'
import { toCutoverError } from '../../core/errors.ts'
import { exitCodeOf, exitCodes, type ExitCode } from '../exit-codes.ts'
import { buildProgram } from './program.ts'
import { redactor } from '../redactor.ts'
import { showError } from '../show-error.ts'

/** Carries out what the command line says and shows what goes wrong. @returns the status to end with. */
export async function runProgram(): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.internal
  const program = buildProgram((code) => {
    exitCode = code
  })
  try {
    await program.parseAsync()
    return exitCode
  } catch (thrown) {
    // Help, or a mistake on the command line: commander has printed it, and the status is set.
    if (thrown instanceof CommanderError) return exitCode
    const error = toCutoverError(thrown)
    showError(error, (text) => redactor.redact(text))
    return exitCodeOf(error.code)
  }
}
