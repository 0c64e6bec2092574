import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CutoverError } from '../../core/errors.ts'
import type { LoadSettings } from './load-context.ts'
import type { FromLoad, ToLoad } from './load-messages.ts'
import type { LoadOptions, LoadSummary, RunningLoad } from './types.ts'

const startWithinMs = 10_000
const killAfterMs = 5000

// Always the built program: under src as under dist this path leads to it.
const program = fileURLToPath(new URL('../../../dist/lab/load/load-process.js', import.meta.url))

/**
 * Starts the load in a process and process group of its own, so that Ctrl-C in the terminal does not reach it.
 * Passwords go over the channel, not over argv or the environment.
 * @throws `command.failed` when it does not start.
 */
export async function startLoad(options: LoadOptions): Promise<RunningLoad> {
  const child = fork(program, [], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  })
  const load = new LoadProcess(child, options.logFile)
  try {
    await load.start(fillIn(options))
  } catch (error) {
    await load[Symbol.asyncDispose]()
    throw error
  }
  return load
}

function fillIn(options: LoadOptions): LoadSettings {
  const { stock, secrets = [], billingUrl } = options
  return {
    ordersUrl: options.ordersUrl.replace(/\/$/, ''),
    billingUrl: billingUrl?.replace(/\/$/, ''),
    stock: stock && { ...stock, password: stock.password.reveal() },
    logFile: options.logFile,
    seed: options.seed ?? 1,
    writesPerSecond: options.writesPerSecond ?? 100,
    readsPerSecond: options.readsPerSecond ?? 200,
    billingPerSecond: options.billingPerSecond ?? 50,
    stockPerSecond: options.stockPerSecond ?? 20,
    probesPerSecond: options.probesPerSecond ?? 2,
    knownOrderIds: options.knownOrderIds,
    leakWords: options.leakWords ?? [],
    secrets: secrets.map((secret) => secret.reveal()),
    timeoutMs: options.timeoutMs ?? 10_000,
    maxOutstanding: options.maxOutstanding ?? 500,
    retries: options.retries ?? 0,
  }
}

class LoadProcess implements RunningLoad {
  readonly logFile: string
  readonly ended: Promise<void>
  readonly #child: ChildProcess
  readonly #timeoutMs: () => number
  #settings: LoadSettings | undefined
  #marks = 0

  constructor(child: ChildProcess, logFile: string) {
    this.#child = child
    this.logFile = logFile
    this.#timeoutMs = () => (this.#settings?.timeoutMs ?? 0) + startWithinMs
    // 'error' instead of 'exit' when the program could not be started at all.
    this.ended = new Promise((resolve) => {
      child.once('exit', () => resolve())
      child.once('error', () => resolve())
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async start(settings: LoadSettings): Promise<void> {
    this.#settings = settings
    await this.#ask({ type: 'start', settings }, (answer) => (answer.type === 'started' ? true : undefined))
  }

  mark(name: string): Promise<number> {
    this.#marks += 1
    const number = this.#marks
    return this.#ask({ type: 'mark', name, number }, (answer) =>
      answer.type === 'marked' && answer.number === number ? answer.at : undefined,
    )
  }

  async stop(): Promise<LoadSummary> {
    const summary = await this.#ask({ type: 'stop' }, (answer) =>
      answer.type === 'stopped' ? answer.summary : undefined,
    )
    await this.ended
    return summary
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined)
      return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), killAfterMs)
    await this.ended
    clearTimeout(timer)
  }

  /** Sends a message and waits for its answer, the process' end, or the deadline. */
  #ask<T>(message: ToLoad, pick: (answer: FromLoad) => T | undefined): Promise<T> {
    const child = this.#child
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer)
        child.off('message', hear)
        act()
      }
      const fail = (why: string): void => settle(() => reject(failed(why, this.logFile)))
      const hear = (answer: FromLoad): void => {
        if (answer.type === 'failed') return fail(answer.message)
        const value = pick(answer)
        if (value !== undefined) settle(() => resolve(value))
      }
      const timer = setTimeout(() => fail(`no answer to "${message.type}"`), this.#timeoutMs())
      child.on('message', hear)
      void this.ended.then(() => fail('its process has ended'))
      if (child.connected) child.send(message, (error) => error && fail('its channel is closed'))
    })
  }
}

function failed(why: string, logFile: string): CutoverError {
  return new CutoverError('command.failed', `The load failed: ${why}.`, {
    where: logFile,
    hint: 'Start the rehearsal again; the log holds what was sent so far.',
  })
}
