import { setTimeout as sleep } from 'node:timers/promises'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { stopSignals, type StopSignal, type ToldRun } from '../worker-channel.ts'
import { RestartBudget } from './restart-budget.ts'
import { startWorker, type Worker, type WorkerEnd } from './start-worker.ts'

/** Commands whose process is watched over, because it acts on systems. */
const supervised: ReadonlySet<string> = new Set(['run', 'resume', 'undo', 'reverse'])

/** A word of the command line that says: not here. */
const alone: ReadonlySet<string> = new Set(['--worker', '--unsupervised', '--help', '-h'])

/** True: these arguments are for a supervisor. */
export function isToBeSupervised(args: readonly string[]): boolean {
  return supervised.has(args[0] ?? '') && !args.some((arg) => alone.has(arg))
}

/**
 * Has the command carried out by a process of its own and, when that dies in the pause, starts another one that takes
 * the run up at once. Holds nothing itself, so whatever ends the worker is no reason for this process to end.
 * @returns the status to end with.
 */
export async function supervise(args: readonly string[]): Promise<number> {
  const watch = new Watch(args)
  const passOn = (name: StopSignal): void => watch.passOn(name)
  for (const name of stopSignals) process.on(name, passOn)
  try {
    return await watch.overAll()
  } finally {
    for (const name of stopSignals) process.off(name, passOn)
  }
}

class Watch {
  readonly #args: readonly string[]
  /** Signals that came while no worker could hear them. */
  #waiting: StopSignal[] = []
  #worker: Worker | undefined

  constructor(args: readonly string[]) {
    this.#args = args
  }

  passOn(name: StopSignal): void {
    if (!this.#worker?.forward(name)) this.#waiting.push(name)
  }

  async overAll(): Promise<number> {
    const first = this.#start(this.#args)
    // Read from disk while all is well: later the memory, the disk or this package may be gone.
    const { afterDeath } = await import('./after-death.ts')
    let end = await first
    if (!end.run) return end.announced ?? this.#neverActed(end)
    const { run } = end
    const budget = new RestartBudget()
    for (;;) {
      if (isOrderly(end)) return sayHowOften(budget.restarts, end.announced)
      const next = budget.after(end, performance.now())
      const { move, tell } = await afterDeath({ end, run, command: this.#args[0] ?? '', next })
      process.stderr.write(tell)
      if (move.do === 'end') return move.exitCode
      await sleep(next.waitMs)
      budget.started(next)
      end = await this.#start(this.#takeUp(move.command, run))
    }
  }

  #start(args: readonly string[]): Promise<WorkerEnd> {
    this.#worker = startWorker(args, () => {
      for (const name of this.#waiting.splice(0)) this.passOn(name)
    })
    return this.#worker.ended
  }

  #takeUp(command: 'resume' | 'undo', run: ToldRun): readonly string[] {
    return [command, run.directory, ...run.takeUpArguments[command], '--restarted-from', this.#args[0] ?? '']
  }

  #neverActed({ how }: WorkerEnd): ExitCode {
    process.stderr.write(`\nThe process of this command has died (${how}) before it did anything.\n`)
    const stopped = this.#waiting.length > 0 || stopSignals.some((name) => name === how)
    return stopped ? exitCodes.interrupted : exitCodes.internal
  }
}

/** It acted and ended on purpose. A defect of the kit leaves a run like a crash does, and so does a refused restart. */
function isOrderly(end: WorkerEnd): end is WorkerEnd & { readonly announced: number } {
  return end.announced !== undefined && end.announced !== exitCodes.internal && end.run !== undefined
}

function sayHowOften(restarts: number, exitCode: number): number {
  const times = restarts === 1 ? 'once' : `${restarts} times`
  if (restarts > 0) process.stderr.write(`The process of this run died and was restarted ${times}.\n`)
  return exitCode
}
