import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError } from '../../core/errors.ts'
import { endWithProcess } from '../servers/end-with-process.ts'
import { childEnvironment } from './end-with-parent.ts'

const killAfterMs = 10_000

export interface ChildProgram {
  readonly pid: number
  readonly running: boolean
  /** SIGTERM, SIGKILL when it has not ended within 10 s; resolves when it has. Safe to repeat. */
  stop(): Promise<void>
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>
}

/**
 * Starts a Node program of the lab in a process group of its own, so that Ctrl-C reaches only the lab. Its output is
 * appended to the log file. It does not outlive this process when it calls endWithParent.
 */
export async function startChildProgram(
  program: string,
  env: Readonly<Record<string, string>>,
  logFile: string,
): Promise<ChildProgram> {
  const log = await open(logFile, 'a', 0o600)
  try {
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'] ?? '', ...childEnvironment, ...env },
      // The pipe is never written to; it closes when this process ends, however it ends.
      stdio: ['pipe', log.fd, log.fd],
      detached: true,
    })
    return watchChild(child, await pidOf(child, program))
  } finally {
    await log.close()
  }
}

async function pidOf(child: ChildProcess, program: string): Promise<number> {
  if (child.pid !== undefined) return child.pid
  const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException]
  throw new CutoverError(
    'command.failed',
    `${program} could not be started: ${error.code ?? 'unknown reason'}`,
  )
}

function watchChild(child: ChildProcess, pid: number): ChildProgram {
  const forget = endWithProcess(pid)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      forget()
      resolve()
    })
  })
  const running = (): boolean => child.exitCode === null && child.signalCode === null
  const kill = async (): Promise<void> => {
    if (running()) child.kill('SIGKILL')
    await exited
  }
  return {
    pid,
    get running() {
      return running()
    },
    kill,
    async stop() {
      if (running()) child.kill('SIGTERM')
      await Promise.race([exited, sleep(killAfterMs, undefined, { ref: false })])
      await kill()
    },
  }
}
