import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalEntry } from '../../src/core/journal-entry.ts'
import { openJournalGate, type Moment } from '../crash/journal-gate.ts'
import { cutover } from './rehearse.ts'

/** Files stand for what a step changes: no server is needed to see a worker die. While `wait-<id>` is there, it waits. */
const step = (id: string, more = ''): string => `
  - step: run-command
    id: ${id}
    with:
      command: [sh, -c, 'while [ -e "$0/wait-${id}" ]; do sleep 0.02; done; echo ${id} >> "$0/log"; touch "$0/${id}"', '\${WORLD}']
      verify: [test, -e, '\${WORLD}/${id}']
      undo: [sh, -c, 'echo undo ${id} >> "$0/log"; rm -f "$0/${id}"', '\${WORLD}']${more}`

/** A playbook of five such steps: one, then fence, release and config in the pause, then after. */
export async function writeSmallPlaybook(file: string, onCrash: 'resume' | 'undo' = 'resume'): Promise<void> {
  const indented = (text: string): string => text.replaceAll('\n', '\n  ')
  const text = `name: small
purpose: Change files.
confirm: world
systems: {}
prepare:${step('one')}
pause:
  budget: 1m
  onCrash: ${onCrash}
  steps:${indented(step('fence') + step('release', '\n    pointOfNoReturn: true') + step('config'))}
settle:${step('after')}
`
  await writeFile(file, text)
}

export interface Supervised {
  /** The small process that watches over the other. */
  readonly parent: ChildProcess
  readonly moments: readonly Moment[]
  /** Everything both said on standard error so far. */
  said(): string
  /** The exit status; null: the parent was killed. */
  readonly ended: Promise<number | null>
}

/**
 * Runs `cutover` as a user does.
 * @param onMoment says whether the worker may go on; it may kill it, too.
 */
export async function startSupervised(
  directory: string,
  args: readonly string[],
  onMoment: (moment: Moment, nth: number) => boolean = () => true,
  environment: Readonly<Record<string, string>> = { WORLD: join(directory, 'world') },
): Promise<Supervised> {
  const moments: Moment[] = []
  const gate = await openJournalGate(join(directory, `tap-${process.hrtime.bigint()}`), (moment) => {
    moments.push(moment)
    return onMoment(moment, moments.length)
  })
  const parent = spawn(process.execPath, [cutover, ...args, '--runs', join(directory, 'runs')], {
    env: { PATH: process.env['PATH'] ?? '', ...environment, CUTOVER_JOURNAL_TAP: gate.socket },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let text = ''
  parent.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const ended = once(parent, 'exit').then(([status]) => status as number | null)
  // The listener stays until the worker is gone, too: without one it would run on unobserved.
  void once(parent, 'close').then(() => gate[Symbol.asyncDispose]())
  return { parent, moments, said: () => text, ended }
}

export function killAt(
  wanted: (moment: Moment, nth: number) => boolean,
): (moment: Moment, nth: number) => boolean {
  return (moment, nth) => {
    if (!wanted(moment, nth)) return true
    process.kill(moment.pid, 'SIGKILL')
    return false
  }
}

export async function journalOf(directory: string): Promise<readonly JournalEntry[]> {
  const runs = join(directory, 'runs')
  const [name = ''] = await readdir(runs)
  const text = await readFile(join(runs, name, 'journal.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JournalEntry)
}

/** What the commands did, in order. */
export async function deedsIn(directory: string): Promise<readonly string[]> {
  const text = await readFile(join(directory, 'world', 'log'), 'utf8').catch(() => '')
  return text.trim().split('\n')
}
