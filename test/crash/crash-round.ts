import { join } from 'node:path'
import { readdir } from 'node:fs/promises'
import { foldJournal } from '../../src/core/fold.ts'
import { waysOut, type RunState } from '../../src/core/run-state.ts'
import { auditLab, startLabLoad } from '../../src/lab/lab-load.ts'
import type { Lab } from '../../src/lab/open-lab.ts'
import { waitUntilApplied } from '../../src/lab/servers/wait-until-applied.ts'
import { readJournal } from '../../src/runner/read-journal.ts'
import { writesWorkAgain } from '../integration/cutover-lab.ts'
import { differences, forgetWrites, readWorld, resetLab, runnersAreGone, type World } from './crash-lab.ts'
import type { CrashPoint, Recovery } from './crash-points.ts'
import { nameOf, type Moment } from './journal-gate.ts'
import { runUntil, type Ended } from './run-until.ts'

export interface Stage {
  readonly lab: Lab
  /** The playbook that is run. */
  readonly playbook: string
  /** The world before any run. */
  readonly before: World
  /** The world after an uninterrupted run. */
  readonly completed: World
  /** Those of an uninterrupted run. */
  readonly moments: readonly Moment[]
}

export interface RoundResult {
  readonly ended: RunState['ended'] | 'never began'
  /** False: the process had ended by itself before it could be killed. */
  readonly killed: boolean
  /** Everything that must not be; empty when all is well. */
  readonly violations: readonly string[]
}

let rounds = 0

/** Kills a run under load, recovers it, and holds what is then against what must be. The lab is as before afterwards. */
export async function crashRound(stage: Stage, point: CrashPoint): Promise<RoundResult> {
  const { lab, playbook, moments } = stage
  rounds += 1
  await using load = await startLabLoad(lab, {
    seed: rounds,
    writesPerSecond: 25,
    readsPerSecond: 40,
    name: `load-${rounds}.jsonl`,
  })
  const known = new Set(await runDirectories(lab))
  const places = new Map(moments.map((moment, index) => [nameOf(moment), index]))
  const first = await runUntil(lab, ['run', playbook, '--agree-all'], {
    // A moment that this run did not have (a gate's reading) is taken for passed at the next one.
    at: (moment) => (places.get(nameOf(moment)) ?? -1) >= point.position,
    ...(point.afterMs !== undefined && { afterMs: point.afterMs }),
  })
  const directory = (await runDirectories(lab)).find((name) => !known.has(name)) ?? ''
  const violations = first.exitCode === null ? await recover(lab, directory, point) : []
  await writesWorkAgain(lab)
  const summary = await load.stop()
  const state = await stateOf(directory)
  violations.push(...(await judge(stage, state, summary)))
  return { ended: state?.ended ?? 'never began', killed: first.exitCode === null, violations }
}

async function judge(
  { lab, before, completed }: Stage,
  state: RunState | undefined,
  summary: Parameters<typeof auditLab>[1],
): Promise<string[]> {
  const truth = state?.noReturnPassed ? 'target' : 'source'
  const violations: string[] = []
  const wanted = truth === 'target' ? completed : before
  if (truth === 'source') {
    const { source, target } = lab.pair
    await waitUntilApplied(source, target, { signal: AbortSignal.timeout(10_000) }).catch(
      (error: unknown) => {
        violations.push(`the target did not catch up: ${String(error)}`)
      },
    )
  }
  const audit = await auditLab(lab, summary, truth)
  violations.push(
    ...audit.findings,
    ...differences(await readWorld(lab), wanted),
    ...(await runnersAreGone(lab)),
  )
  if (truth === 'source' && violations.length === 0) await forgetWrites(lab)
  else await resetLab(lab, before)
  return violations
}

/** Recovers until the run has ended, with the one further kill that the point asks for. */
async function recover(lab: Lab, directory: string, point: CrashPoint): Promise<string[]> {
  const kill = point.second
  let wish = point.recovery
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const state = await stateOf(directory)
    if (!state) return neverBegan(lab, directory)
    const ways = waysOut(state)
    if (ways.length === 0) return []
    if (!ways.includes(wish)) wish = ways[0] ?? wish
    const again = kill !== undefined && attempt === 1
    const done = await runUntil(
      lab,
      wish === 'resume' ? ['resume', directory, '--agree-all'] : ['undo', directory],
      again ? { at: (_moment, position) => position >= kill } : undefined,
    )
    if (done.exitCode !== null) return judgeEnd(wish, done, await stateOf(directory))
  }
  return ['it did not end within three recoveries']
}

function judgeEnd(wish: Recovery, done: Ended, state: RunState | undefined): string[] {
  const wanted = wish === 'resume' ? { exitCode: 0, ended: 'completed' } : { exitCode: 0, ended: 'undone' }
  if (done.exitCode === wanted.exitCode && state?.ended === wanted.ended) return []
  return [`${wish} ended ${state?.ended} with status ${done.exitCode}: ${lastWords(done.said)}`]
}

/** Killed before its first entry, a run has done nothing, and neither command may pretend otherwise. */
async function neverBegan(lab: Lab, directory: string): Promise<string[]> {
  const violations: string[] = []
  for (const command of ['resume', 'undo']) {
    const { exitCode, moments } = await runUntil(lab, [command, directory, '--agree-all'])
    if (exitCode !== 2 || moments.length > 0)
      violations.push(`${command} of a run that never began ended with status ${exitCode}`)
  }
  return violations
}

async function stateOf(directory: string): Promise<RunState | undefined> {
  const entries = await readJournal(directory).catch(() => [])
  return entries.length === 0 ? undefined : foldJournal(entries)
}

async function runDirectories(lab: Lab): Promise<readonly string[]> {
  const runs = join(lab.directory, 'runs')
  const names = await readdir(runs).catch(() => [] as string[])
  return names.map((name) => join(runs, name))
}

function lastWords(text: string): string {
  return text.trim().split('\n').slice(-6).join(' | ')
}
