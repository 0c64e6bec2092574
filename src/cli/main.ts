#!/usr/bin/env node
import { CommanderError } from 'commander'
import { buildProgram } from './program.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { outliveTerminal } from './outlive-terminal.ts'
import { redactor } from './redactor.ts'
import { showError } from './show-error.ts'
import { toCutoverError } from '../core/errors.ts'

// Set up front: should anything end the process early, it must not look like success.
process.exitCode = exitCodes.internal

outliveTerminal()

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
