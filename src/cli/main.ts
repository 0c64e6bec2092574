#!/usr/bin/env node
import { exitCodes } from './exit-codes.ts'
import { ignoreSuspend, outliveTerminal } from './outlive-terminal.ts'
import { isToBeSupervised, supervise } from './supervisor/supervise.ts'
import { beginWorker, tellSupervisor } from './worker-channel.ts'

// Imports little: this is also the process that only watches over another one. Everything else is loaded when needed.

// Set up front: should anything end the process early, it must not look like success.
process.exitCode = exitCodes.internal

outliveTerminal()

const args = process.argv.slice(2)

async function work(): Promise<void> {
  if (args.includes('--worker')) await beginWorker()
  const { runProgram } = await import('./program/run-program.ts')
  const exitCode = await runProgram()
  process.exitCode = exitCode
  await tellSupervisor({ type: 'end', exitCode })
}

async function watchOver(): Promise<void> {
  process.exitCode = await supervise(args)
}

if (isToBeSupervised(args) || args.includes('--worker')) ignoreSuspend()

void (isToBeSupervised(args) ? watchOver() : work())
