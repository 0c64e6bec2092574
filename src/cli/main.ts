#!/usr/bin/env node
import { CommanderError } from 'commander'
import { buildProgram } from './program.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { redactor } from './redactor.ts'
import { showError } from './show-error.ts'
import { toCutoverError } from '../core/errors.ts'

// Set up front: should anything end the process early, it must not look like success.
process.exitCode = exitCodes.internal

// A reader that went away (`cutover plan … | head`) is no reason to leave a cutover half done.
process.stdout.on('error', ignoreBrokenPipe)
process.stderr.on('error', ignoreBrokenPipe)

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

buildProgram((code) => {
  process.exitCode = code
})
  .parseAsync()
  .catch((thrown: unknown) => {
    // Help, or a mistake on the command line: commander has printed it, and the status is set.
    if (thrown instanceof CommanderError) return
    const error = toCutoverError(thrown)
    showError(error, (text) => redactor.redact(text))
    process.exitCode = exitCodeOf(error.code)
  })
