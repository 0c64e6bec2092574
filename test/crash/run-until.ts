import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../../src/lab/open-lab.ts'
import { openJournalGate, type Moment } from './journal-gate.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Where a process is killed: at a moment, or some time after it was allowed to go on from there. */
export interface Kill {
  /** The position of this moment among those of the process, and its name. */
  readonly at: (moment: Moment, position: number) => boolean
  /** Milliseconds after permission. Left out: it gets none, so nothing happens between the moment and the kill. */
  readonly afterMs?: number
}

export interface Ended {
  /** Null: it was killed. */
  readonly exitCode: number | null
  /** What it said on standard error. */
  readonly said: string
  readonly moments: readonly Moment[]
}

/** No command of a test takes longer than this. */
const deadlineMs = 300_000
let sockets = 0

/** Runs `cutover` like a user and kills it (SIGKILL, this process alone) where `kill` says. */
export async function runUntil(lab: Lab, args: readonly string[], kill?: Kill): Promise<Ended> {
  const moments: Moment[] = []
  let chosen = false
  const end = (): void => void child.kill('SIGKILL')
  await using gate = await openJournalGate(join(lab.directory, `tap-${(sockets += 1)}`), (moment) => {
    moments.push(moment)
    if (chosen || kill?.at(moment, moments.length - 1) !== true) return true
    chosen = true
    if (kill.afterMs === undefined) end()
    else timers.push(setTimeout(end, kill.afterMs))
    return kill.afterMs !== undefined
  })
  const timers = [setTimeout(end, deadlineMs)]
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
  // Not "close": a program the run started may hold its standard error open.
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  for (const timer of timers) clearTimeout(timer)
  if (exitCode === null && !chosen) throw new Error(`cutover ${args[0]} did not end: ${said.slice(-2000)}`)
  return { exitCode, said, moments }
}
