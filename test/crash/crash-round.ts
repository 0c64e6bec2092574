import { foldJournal } from '../../src/core/fold.ts'
import type { JournalEntry } from '../../src/core/journal-entry.ts'
import { waysOut, type RunState } from '../../src/core/run-state.ts'
import type { Audit } from '../../src/lab/audit/types.ts'
import { auditLab, startLabLoad } from '../../src/lab/lab-load.ts'
import type { Lab } from '../../src/lab/open-lab.ts'
import { waitUntilApplied } from '../../src/lab/servers/wait-until-applied.ts'
import { readJournal } from '../../src/runner/read-journal.ts'
import { writesWorkAgain } from '../integration/cutover-lab.ts'
import {
  differences,
  forgetWrites,
  freeLocks,
  readWorld,
  resetLab,
  runnersAreGone,
  type World,
} from './crash-lab.ts'
import type { CrashMode } from './crash-modes.ts'
import { pauseOf, type CrashPoint, type Recovery } from './crash-points.ts'
import { judgeSupervised, supervisedKills } from './judge-supervised.ts'
import { nameOf, type Moment } from './journal-gate.ts'
import { lastWords, runDirectories } from './last-words.ts'
import { runUntil, type Ended, type Kill } from './run-until.ts'

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

export interface CrashStage extends Stage {
  /** What users do meanwhile. */
  readonly load: CrashMode['load']
  /** The same playbook, but it wants undo when its process dies in the pause. */
  readonly undoPlaybook: string
}

export interface RoundResult {
  readonly ended: RunState['ended'] | 'never began'
  /** False: the process had ended by itself before it could be killed. */
  readonly killed: boolean
  /** The pause as users saw it, milliseconds; absent when nobody had to wait. */
  readonly pauseMs: number | undefined
  /** Everything that must not be; empty when all is well. */
  readonly violations: readonly string[]
  /** Milliseconds of each part of the round. */
  readonly took: Readonly<Record<string, number>>
}

let rounds = 0

/** Kills a run under load, recovers it, and holds what is then against what must be. The lab is as before afterwards. */
export async function crashRound(stage: CrashStage, point: CrashPoint): Promise<RoundResult> {
  const { lab } = stage
  const watch = new Stopwatch()
  rounds += 1
  await using load = await startLabLoad(lab, {
    ...stage.load,
    seed: rounds,
    name: `load-${rounds}.jsonl`,
  })
  const known = new Set(await runDirectories(lab))
  watch.lap('start of the load')
  const first = await killRun(stage, point)
  watch.lap('run')
  const directory = (await runDirectories(lab)).find((name) => !known.has(name)) ?? ''
  const violations = await recoverAfter(stage, point, directory, first)
  watch.lap('recovery')
  await writesWorkAgain(lab)
  const summary = await load.stop()
  watch.lap('end of the load')
  const state = await stateOf(directory)
  const judged = await judge(stage, state, summary)
  watch.lap('judgement')
  violations.push(...judged.violations)
  await setBack(stage, state, violations)
  watch.lap('reset')
  return {
    ended: state?.ended ?? 'never began',
    killed: first.kills > 0,
    pauseMs: judged.audit.pauseMs || undefined,
    violations,
    took: watch.laps,
  }
}

function killRun(stage: CrashStage, point: CrashPoint): Promise<Ended> {
  const { lab, playbook, undoPlaybook, moments } = stage
  const places = new Map(moments.map((moment, index) => [nameOf(moment), index]))
  const kill: Kill = {
    // A moment that this run did not have (a gate's reading) is taken for passed at the next one.
    at: (moment) => (places.get(nameOf(moment)) ?? -1) >= point.position,
    ...(point.afterMs !== undefined && { afterMs: point.afterMs }),
  }
  if (!point.supervised) return runUntil(lab, ['run', playbook, '--agree-all', '--unsupervised'], kill)
  const wanted = point.recovery === 'undo' ? undoPlaybook : playbook
  return runUntil(lab, ['run', wanted, '--agree-all'], ...supervisedKills(point, kill))
}

async function recoverAfter(
  { lab, moments }: Stage,
  point: CrashPoint,
  directory: string,
  first: Ended,
): Promise<string[]> {
  if (!point.supervised) return first.exitCode === null ? recover(lab, directory, point) : []
  const lastOfPause = moments[pauseOf(moments)[1]]?.id ?? ''
  const entries = await entriesOf(directory)
  const judged = judgeSupervised({ point, first, entries, lastOfPause })
  if (!judged.needsHand) return [...judged.violations]
  const { second: _second, ...once } = point
  return [...judged.violations, ...(await recover(lab, directory, once))]
}

async function judge(
  { lab, before, completed }: Stage,
  state: RunState | undefined,
  summary: Parameters<typeof auditLab>[1],
): Promise<{ readonly violations: readonly string[]; readonly audit: Audit }> {
  const truth = state?.noReturnPassed ? 'target' : 'source'
  const violations: string[] = []
  if (truth === 'source') {
    const { source, target } = lab.pair
    await waitUntilApplied(source, target, { signal: AbortSignal.timeout(10_000) }).catch(
      (error: unknown) => {
        violations.push(`the target did not catch up: ${String(error)}`)
      },
    )
  }
  const audit = await auditLab(lab, summary, truth)
  const wanted = truth === 'target' ? completed : before
  violations.push(
    ...audit.findings,
    ...differences(await readWorld(lab), wanted),
    ...(await runnersAreGone(lab)),
  )
  return { violations, audit }
}

/** After a run that was walked back nothing differs but what the load wrote. */
async function setBack(
  { lab, before }: Stage,
  state: RunState | undefined,
  violations: readonly string[],
): Promise<void> {
  if (!state?.noReturnPassed && violations.length === 0) await forgetWrites(lab)
  else await resetLab(lab, before)
  if (violations.length > 0) await freeLocks(lab)
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
    const kills = kill !== undefined && attempt === 1 ? [{ at: (_: Moment, at: number) => at >= kill }] : []
    const command = wish === 'resume' ? ['resume', directory, '--agree-all'] : ['undo', directory]
    const done = await runUntil(lab, [...command, '--unsupervised'], ...kills)
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
    const { exitCode, moments } = await runUntil(lab, [command, directory, '--agree-all', '--unsupervised'])
    if (exitCode !== 2 || moments.length > 0)
      violations.push(`${command} of a run that never began ended with status ${exitCode}`)
  }
  return violations
}

function entriesOf(directory: string): Promise<readonly JournalEntry[]> {
  return readJournal(directory).catch(() => [])
}

async function stateOf(directory: string): Promise<RunState | undefined> {
  const entries = await entriesOf(directory)
  return entries.length === 0 ? undefined : foldJournal(entries)
}

class Stopwatch {
  readonly laps: Record<string, number> = {}
  #since = performance.now()

  lap(name: string): void {
    const now = performance.now()
    this.laps[name] = now - this.#since
    this.#since = now
  }
}
