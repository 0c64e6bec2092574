import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FromSupervisor, FromWorker, StopSignal, ToldRun } from '../worker-channel.ts'

/** How a worker ended. */
export interface WorkerEnd {
  /** The status it announced; absent when it ended without a word. */
  readonly announced: number | undefined
  /** What the system says: `SIGKILL`, `status 1`. */
  readonly how: string
  /** The run it was about to act on; absent when it did not come so far. */
  readonly run: ToldRun | undefined
}

export interface Worker {
  readonly ended: Promise<WorkerEnd>
  /** False: it cannot hear it yet, or not any more. */
  forward(name: StopSignal): boolean
}

const main = fileURLToPath(new URL('../main.js', import.meta.url))

/** How long after its end a worker's last words may arrive, milliseconds. */
const lastWordsMs = 500

/**
 * Starts this program again, to do the work. It has the same terminal, and the same process group: one that is detached
 * could not read from the terminal.
 */
export function startWorker(args: readonly string[], onReady: () => void): Worker {
  const child = spawn(process.execPath, [...process.execArgv, main, ...args, '--worker'], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  let ready = false
  let run: ToldRun | undefined
  let announced: number | undefined
  child.on('message', (message: FromWorker) => {
    if (message.type === 'run') run = message.run
    else if (message.type === 'end') announced = message.exitCode
    else {
      ready = true
      onReady()
    }
  })
  return {
    ended: endOf(child).then((how) => ({ how, announced, run })),
    forward(name) {
      if (!ready || !child.connected) return false
      const message: FromSupervisor = { type: 'signal', name }
      child.send(message, () => undefined) // it may die this moment; its end tells
      return true
    },
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve(`it could not be started: ${error.code ?? error.message}`)
    })
    child.once('exit', (status, signal) => {
      const how = signal ?? `status ${status}`
      if (!child.connected) return resolve(how)
      const timer = setTimeout(resolve, lastWordsMs, how)
      child.once('disconnect', () => {
        clearTimeout(timer)
        resolve(how)
      })
    })
  })
}
