import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../../src/lab/open-lab.ts'
import { openJournalGate, type Moment } from '../crash/journal-gate.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** No command of a test takes longer than this. */
const deadlineMs = 240_000
let sockets = 0

export interface HeldEnd {
  /** Null: it had to be killed. */
  readonly exitCode: number | null
  readonly said: string
  /** The report it printed. */
  readonly report: string
  readonly moments: readonly Moment[]
}

export interface HoldOptions {
  /** Where the run keeps its directory. Default: the lab's. */
  readonly runs?: string
  /** Told each moment and the process; the run waits there until it resolves. */
  readonly at?: (moment: Moment, position: number, pid: number) => Promise<void>
}

/** Runs `cutover` like a user and holds it at each journal moment for as long as `at` takes. */
export async function runHeld(
  lab: Lab,
  args: readonly string[],
  options: HoldOptions = {},
): Promise<HeldEnd> {
  const moments: Moment[] = []
  await using gate = await openJournalGate(join(lab.directory, `held-${(sockets += 1)}`), async (moment) => {
    moments.push(moment)
    await options.at?.(moment, moments.length - 1, child.pid ?? 0)
    return true
  })
  const runs = options.runs ?? join(lab.directory, 'runs')
  const child = spawn(process.execPath, [main, ...args, '--confirm', 'orders-target', '--runs', runs], {
    env: { PATH: process.env['PATH'] ?? '', ...lab.environment, CUTOVER_JOURNAL_TAP: gate.socket },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
  let said = ''
  let report = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    report += text
  })
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  return { exitCode, said, report, moments }
}
