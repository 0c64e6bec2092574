import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { execa } from 'execa'
import { CutoverError } from '../core/errors.ts'
import type { CommandResult, Commands } from '../core/ports/commands.ts'
import type { Redactor } from '../core/redact.ts'
import { endGroup } from './end-group.ts'
import { openOutputFile, readTail } from './output-file.ts'

/**
 * Runs programs in process groups of their own. Their output goes to a file that has no name any more: a program that
 * leaves a daemon behind does not keep us waiting, and one whose runner dies is not cut off in mid-restart.
 */
export function openCommands(options: { readonly redactor: Redactor }): Commands {
  return {
    async run(argv, env, signal) {
      const program = argv[0]
      if (program === undefined) throw new CutoverError('command.failed', 'the command is empty')
      throwIfAborted(program, signal)
      const output = await openOutputFile()
      try {
        return await runProgram(program, argv.slice(1), env, output, signal, options.redactor)
      } finally {
        await output.close()
      }
    },
    async output(argv, signal) {
      const program = argv[0]
      if (program === undefined) throw new CutoverError('command.failed', 'the command is empty')
      throwIfAborted(program, signal)
      return readOutput(program, argv.slice(1), signal)
    },
  }
}

/** What a program may print for the kit to read, bytes. */
const longestOutput = 1_048_576

async function readOutput(program: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const child = execa(program, args, {
    stdin: 'ignore',
    stderr: 'ignore',
    maxBuffer: { stdout: longestOutput },
    encoding: 'utf8',
    stripFinalNewline: false,
    detached: true,
    cleanup: false,
    reject: false,
  })
  const result = await resultOf(child, program, signal)
  const what = result.isMaxBuffer
    ? 'printed more than 1 MiB'
    : `ended with status ${result.exitCode ?? exitCodeOfSignal(result.signalDescription)}`
  if (!result.isMaxBuffer && result.exitCode === 0) return result.stdout
  throw new CutoverError('command.failed', `${basename(program)} ${what}`, {
    hint: 'Run it by hand and look at what it prints.',
  })
}

async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  output: FileHandle,
  signal: AbortSignal,
  redactor: Redactor,
): Promise<CommandResult> {
  // execa's types name only the numbers 3 to 9; it hands any of them to the child.
  const fd = output.fd as 3
  const child = execa(program, args, {
    env,
    stdin: 'ignore',
    stdout: fd,
    stderr: fd,
    buffer: false,
    detached: true,
    cleanup: false,
    reject: false,
  })
  const result = await resultOf(child, program, signal)
  const outputTail = await readTail(output, redactor)
  return { exitCode: result.exitCode ?? exitCodeOfSignal(result.signalDescription), outputTail }
}

/** Waits for its end. Its message holds the whole command line, so nothing of execa's error is passed on. */
async function resultOf<T extends { readonly code?: string | undefined }>(
  child: { readonly pid?: number } & PromiseLike<T>,
  program: string,
  signal: AbortSignal,
): Promise<T> {
  const ended = endOnAbort(child, signal)
  const result = await child
  await ended()
  throwIfAborted(program, signal)
  if (child.pid === undefined) throw notStarted(program, result.code)
  return result
}

/** Starts ending the group when the signal fires; the returned function waits until that is done. */
function endOnAbort(
  child: { readonly pid?: number } & PromiseLike<unknown>,
  signal: AbortSignal,
): () => Promise<void> {
  let ending: Promise<void> = Promise.resolve()
  const onAbort = (): void => {
    if (child.pid !== undefined) ending = endGroup(child.pid)
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return async () => {
    signal.removeEventListener('abort', onAbort)
    await ending
  }
}

// A program ended by a signal has no exit status; shells report 128 and more.
function exitCodeOfSignal(description: string | undefined): number {
  return description === undefined ? 1 : 128
}

function throwIfAborted(program: string, signal: AbortSignal): void {
  if (!signal.aborted) return
  const reason: unknown = signal.reason
  const why = reason instanceof Error ? reason.message : 'it was stopped'
  throw new CutoverError('command.failed', `${basename(program)} was ended: ${why}`, { cause: reason })
}

function notStarted(program: string, code: string | undefined): CutoverError {
  const why = code === 'ENOENT' ? 'there is no such program' : (code ?? 'the system refused')
  return new CutoverError('command.failed', `${basename(program)} could not be started: ${why}`, {
    hint: 'Check the path and that the file is executable.',
  })
}
