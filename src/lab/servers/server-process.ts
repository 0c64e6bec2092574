import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { open, readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError } from '../../core/errors.ts'

/** A started server program. */
export interface ServerProcess {
  readonly pid: number
  readonly running: boolean
  /** Settles when the program has ended, however it ended; never rejects. */
  readonly exited: Promise<void>
  /** Asks for an orderly end. */
  terminate(): void
  /** Ends it at once. */
  kill(): void
  /** Resolves when none of its threads runs any more; a thread on its way may still answer before. */
  suspend(): Promise<void>
  resume(): void
}

/**
 * Starts a server program in a process group of its own, so that Ctrl-C in a terminal does not reach it, with its
 * output appended to `log`. Where the kernel can do it (Linux), it also ends when the thread that started it dies by
 * SIGKILL, which no exit handler sees.
 *
 * @throws `system.unreachable` when the program cannot be started at all.
 */
export async function startServerProcess(
  binary: string,
  args: readonly string[],
  places: {
    readonly directory: string
    readonly log: string
    /** Added to this process' own environment. */
    readonly env?: Readonly<Record<string, string>>
  },
): Promise<ServerProcess> {
  await using log = await open(places.log, 'a', 0o600)
  const [program, ...rest] = [...dieWithParent(), binary, ...args]
  const child = spawn(program as string, rest, {
    cwd: places.directory,
    env: { ...process.env, ...places.env },
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new CutoverError('system.unreachable', `${binary} cannot be started (${error.code ?? 'error'})`),
      ),
    )
  })
  return processOf(child, child.pid as number)
}

function dieWithParent(): readonly string[] {
  const setpriv = '/usr/bin/setpriv'
  return process.platform === 'linux' && existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL', '--'] : []
}

function processOf(child: ChildProcess, pid: number): ServerProcess {
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  // child.kill only reaches this very child: once Node knows that it has ended, nothing is sent.
  return {
    pid,
    exited,
    get running() {
      return child.exitCode === null && child.signalCode === null
    },
    terminate: () => void child.kill('SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
    suspend: () => suspend(child, pid),
    resume: () => void child.kill('SIGCONT'),
  }
}

const stoppedWithinMs = 10_000

async function suspend(child: ChildProcess, pid: number): Promise<void> {
  child.kill('SIGSTOP')
  const giveUpAt = performance.now() + stoppedWithinMs
  while (child.exitCode === null && child.signalCode === null && !(await isStopped(pid))) {
    if (performance.now() > giveUpAt)
      throw new CutoverError('deadline', `process ${pid} could not be suspended`)
    await sleep(1)
  }
}

/** Where the kernel does not list threads, the signal is all there is. */
async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const states = await Promise.all(threads.map((thread) => stateOf(`/proc/${pid}/task/${thread}/stat`)))
  return states.every((state) => state === 'T' || state === undefined)
}

/** The letter behind the name, which may hold anything; undefined: the thread is gone. */
async function stateOf(stat: string): Promise<string | undefined> {
  const text = await readFile(stat, 'utf8').catch(() => undefined)
  return text?.charAt(text.lastIndexOf(')') + 2)
}
