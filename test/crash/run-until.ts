import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../../src/lab/open-lab.ts'
import { openJournalGate, type Moment } from './journal-gate.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Where a process is killed: at a moment, or some time after it was allowed to go on from there. */
export interface Kill {
  /** The moment, and its position among those of its process. */
  readonly at: (moment: Moment, position: number) => boolean
  /** Milliseconds after permission. Left out: it gets none, so nothing happens between the moment and the kill. */
  readonly afterMs?: number
  /** True: the process that watches over it is killed, too. */
  readonly both?: boolean
}

export interface Ended {
  /** Null: it was killed. */
  readonly exitCode: number | null
  /** What it said on standard error. */
  readonly said: string
  readonly moments: readonly Moment[]
  /** How many of the kills came to pass. */
  readonly kills: number
}

/** No command of a test takes longer than this. */
const deadlineMs = 300_000
let sockets = 0

/**
 * Runs `cutover` like a user and kills (SIGKILL) the process that writes the journal where `kills` says, one after the
 * other. With `--unsupervised` that is the command itself, else the worker that its supervisor has started.
 */
export async function runUntil(lab: Lab, args: readonly string[], ...kills: readonly Kill[]): Promise<Ended> {
  const moments: Moment[] = []
  const counts = new Map<number, number>()
  let killed = 0
  const killer = new Killer(() => child)
  await using gate = await openJournalGate(join(lab.directory, `tap-${(sockets += 1)}`), (moment) => {
    moments.push(moment)
    const position = counts.get(moment.pid) ?? 0
    counts.set(moment.pid, position + 1)
    const kill = kills[killed]
    // One that is going to die is not killed twice: what comes next belongs to the process after it.
    if (killer.isDoomed(moment.pid) || kill?.at(moment, position) !== true) return true
    killed += 1
    killer.kill(moment.pid, kill)
    return kill.afterMs !== undefined
  })
  const child = spawn(
    process.execPath,
    [main, ...args, '--confirm', 'orders-target', '--runs', join(lab.directory, 'runs')],
    {
      env: { PATH: process.env['PATH'] ?? '', ...lab.environment, CUTOVER_JOURNAL_TAP: gate.socket },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const timer = setTimeout(() => sendKill(child.pid), deadlineMs)
  // Not "close": a program the run started may hold its standard error open.
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  killer.stop()
  if (exitCode === null && killed === 0)
    throw new Error(`cutover ${args[0]} did not end: ${said.slice(-2000)}`)
  return { exitCode, said, moments, kills: killed }
}

class Killer {
  readonly #command: () => { readonly pid?: number | undefined }
  readonly #doomed = new Set<number>()
  readonly #timers: NodeJS.Timeout[] = []

  constructor(command: () => { readonly pid?: number | undefined }) {
    this.#command = command
  }

  isDoomed(pid: number): boolean {
    return this.#doomed.has(pid)
  }

  kill(pid: number, { afterMs, both }: Kill): void {
    this.#doomed.add(pid)
    const end = (): void => {
      // First the one that would start another worker.
      if (both) sendKill(this.#command().pid)
      sendKill(pid)
    }
    if (afterMs === undefined) end()
    else this.#timers.push(setTimeout(end, afterMs))
  }

  /** The command has ended by itself: those that were to be killed later have, too. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}

function sendKill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
