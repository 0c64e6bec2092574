import { execa } from 'execa'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '../../lab/open-lab.ts'
import { builtProgram } from '../../lab/services/built-program.ts'
import type { RunResult } from '../runs/run-result.ts'

// Always the built program.
const main = builtProgram('../cli/main')

export interface LabRun {
  readonly exitCode: number
  /** Absent when the run was refused before it began. */
  readonly result: RunResult | undefined
  /** Everything the run printed. Both streams together. */
  readonly output: string
}

export interface LabRunOptions {
  readonly playbook: string
  /** What is done instead of running the playbook, with its arguments: `['reverse']`. */
  readonly command?: readonly string[]
  readonly confirm: string
  /** Asks the run to stop, as Ctrl-C would. */
  readonly signal: AbortSignal
  /** Shows the run's progress on this process' standard error. */
  readonly show: boolean
  /** Variables beside, or instead of, the lab's. */
  readonly environment?: Readonly<Record<string, string>>
  /** Further arguments of `cutover run`. */
  readonly arguments?: readonly string[]
}

/**
 * Carries out a playbook against a lab exactly as a user would: the same program, the same command, in a process of
 * its own; only the environment (addresses, passwords) comes from the lab.
 */
export async function runInLab(lab: Lab<unknown>, options: LabRunOptions): Promise<LabRun> {
  const runs = join(lab.directory, 'runs')
  const json = join(lab.directory, 'run-result.json')
  const args = [
    ...(options.command ?? ['run', options.playbook]),
    '--confirm',
    options.confirm,
    '--agree-all',
    '--runs',
    runs,
    '--json',
    json,
    ...(options.arguments ?? []),
  ]
  // A run that is refused writes none, and an earlier run's must not be taken for its.
  await rm(json, { force: true })
  const child = execa(process.execPath, [main, ...args], {
    env: { ...lab.environment, ...options.environment },
    stdin: 'ignore',
    stderr: options.show ? ['inherit', 'pipe'] : 'pipe',
    all: true,
    reject: false,
    // A group of its own: Ctrl-C in the terminal reaches it once, through the signal below.
    detached: true,
    cleanup: false,
  })
  const stop = (): void => void child.kill('SIGINT')
  options.signal.addEventListener('abort', stop, { once: true })
  try {
    const { exitCode = 1, all } = await child
    return { exitCode, output: all, result: await readResult(json) }
  } finally {
    options.signal.removeEventListener('abort', stop)
  }
}

async function readResult(file: string): Promise<RunResult | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as RunResult)
}
