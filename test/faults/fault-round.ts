import { copyFile, cp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { foldJournal } from '../../src/core/fold.ts'
import { waysOut, type RunState } from '../../src/core/run-state.ts'
import { auditLab, startLabLoad } from '../../src/lab/lab-load.ts'
import type { Lab } from '../../src/lab/open-lab.ts'
import { seededRandom } from '../../src/lab/load/seeded-random.ts'
import type { LoadSummary } from '../../src/lab/load/types.ts'
import { waitUntilApplied } from '../../src/lab/servers/wait-until-applied.ts'
import { readJournal } from '../../src/runner/read-journal.ts'
import {
  differences,
  forgetWrites,
  freeLocks,
  readWorld,
  resetLab,
  runnersAreGone,
} from '../crash/crash-lab.ts'
import { nameOf, type Moment } from '../crash/journal-gate.ts'
import { writesWorkAgain } from '../integration/cutover-lab.ts'
import type { Scene } from './fault.ts'
import type { FaultPoint } from './fault-points.ts'
import type { FaultStage } from './open-fault-stage.ts'
import { runHeld } from './run-held.ts'
import { reportOf, untrueSentences } from './told-truth.ts'
import { watchSides } from './watch-sides.ts'

export interface FaultResult {
  /** What the struck run ended as, before anybody recovered it. */
  readonly ended: RunState['ended'] | 'cut off' | 'never began'
  /** What it was in the end. */
  readonly finally: RunState['ended'] | 'never began'
  /** Why the struck run did not complete; empty: it did. */
  readonly why: string
  /** False: the run had ended before the fault was due. */
  readonly struck: boolean
  readonly violations: readonly string[]
}

let rounds = 0

/** Lets a fault strike a run under load, then recovers what is left of it. The lab is as before afterwards. */
export async function faultRound(
  original: FaultStage,
  point: FaultPoint,
  longestMs: number,
): Promise<FaultResult> {
  const stage = await withEnvironment(original, point)
  const { lab } = stage
  rounds += 1
  const runs = runsDirectory(stage, point)
  const known = new Set(await readdir(runs).catch(() => []))
  await using load = await startLabLoad(lab, {
    seed: rounds,
    writesPerSecond: 25,
    readsPerSecond: 40,
    name: `load-${rounds}.jsonl`,
  })
  const sides = watchSides(lab)
  const { struck, heal } = await strikeRun(stage, point, runs, longestMs)
  const fresh = (await readdir(runs)).find((name) => !known.has(name) && name !== 'filler')
  const directory = join(runs, fresh ?? '')
  const ended = await stateOf(directory)
  const violations = await refusesWhileBroken(stage, point, directory, runs, ended)
  if (!struck) violations.push('the run ended before the fault was due')
  await heal()
  violations.push(...(await recover(stage, point, directory, runs)))
  const last = await stateOf(directory)
  violations.push(...(await cannotWrite(lab)))
  const summary = await load.stop()
  violations.push(...(await sides.stop()))
  violations.push(...(await judge(stage, point, last, summary)))
  if (violations.length > 0) {
    await keepEvidence(stage, directory)
    await freeLocks(lab)
  }
  // What little room there is, is for the next run.
  if (runs === stage.disk.directory) await rm(directory, { recursive: true, force: true })
  return {
    ended: ended === undefined ? 'never began' : (ended.ended ?? 'cut off'),
    finally: last === undefined ? 'never began' : last.ended,
    why: ended?.failure ? `${ended.failedItem ?? 'run'}: ${ended.failure.message}` : '',
    struck,
    violations,
  }
}

async function cannotWrite(lab: Lab): Promise<string[]> {
  try {
    await writesWorkAgain(lab)
    return []
  } catch (error) {
    const [line = ''] = String(error).split('\n')
    return [`a user's write is not taken any more: ${line}`]
  }
}

async function withEnvironment(stage: FaultStage, { fault }: FaultPoint): Promise<FaultStage> {
  const more = await fault.environment?.(stage)
  if (!more) return stage
  return { ...stage, lab: { ...stage.lab, environment: { ...stage.lab.environment, ...more } } }
}

/** `FAULTS_KEEP` names a directory for the runs with violations; without it nothing is kept. */
async function keepEvidence({ lab }: FaultStage, directory: string): Promise<void> {
  const place = process.env['FAULTS_KEEP']
  if (place === undefined) return
  const to = join(place, `${lab.engine}-${rounds}`)
  await cp(directory, to, { recursive: true, force: true })
  for (const name of ['source', 'target'] as const)
    await copyFile(lab.pair[name].log, join(to, `${name}.log`))
  await cp(join(lab.directory, 'services'), join(to, 'services'), { recursive: true, force: true })
}

function runsDirectory({ lab, disk }: FaultStage, { fault }: FaultPoint): string {
  const ordinary = join(lab.directory, 'runs')
  return fault.smallDisk === true ? (disk.directory ?? ordinary) : ordinary
}

async function strikeRun(
  stage: FaultStage,
  point: FaultPoint,
  runs: string,
  longestMs: number,
): Promise<{ readonly struck: boolean; readonly heal: () => Promise<void> }> {
  const places = new Map(stage.moments.map((moment, index) => [nameOf(moment), index]))
  const random = seededRandom(point.seed)
  let striking: Promise<() => Promise<void>> | undefined
  // A moment that this run did not have (a gate's reading) is taken for passed at the next one.
  const isDue = (moment: Moment): boolean => (places.get(nameOf(moment)) ?? -1) >= point.position
  const run = await runHeld(stage.lab, ['run', stage.playbook, '--agree-all'], {
    runs,
    async at(moment, _position, child) {
      if (striking !== undefined || !isDue(moment)) return
      const scene: Scene = {
        stage,
        random,
        longestMs,
        pid: () => writerOf(runs, child),
        journal: async () => join(await newestRun(runs), 'journal.jsonl'),
      }
      striking = (point.afterMs === undefined ? Promise.resolve() : sleep(point.afterMs)).then(() =>
        point.fault.strike(scene),
      )
      if (point.afterMs === undefined) await striking
      else striking.catch(() => undefined) // looked at when the run has ended
    },
  })
  return {
    struck: striking !== undefined,
    async heal() {
      const healing = await striking
      await healing?.()
      if (run.exitCode === null) throw new Error(`the run did not end: ${run.said.slice(-2000)}`)
    },
  }
}

/** The process that writes the newest journal; before its first entry, the one that was started. */
async function writerOf(runs: string, child: number): Promise<number> {
  const entries = await readJournal(await newestRun(runs)).catch(() => [])
  return entries.at(-1)?.pid ?? child
}

async function newestRun(runs: string): Promise<string> {
  const names = (await readdir(runs)).filter((name) => name !== 'filler').toSorted()
  return join(runs, names.at(-1) ?? '')
}

/** With the disk still full nobody may act on the run, however he asks. */
async function refusesWhileBroken(
  stage: FaultStage,
  { fault }: FaultPoint,
  directory: string,
  runs: string,
  state: RunState | undefined,
): Promise<string[]> {
  const isBroken = fault.smallDisk === true && stage.disk.directory !== undefined
  if (!isBroken || state === undefined || waysOut(state).length === 0) return []
  const before = await readWorld(stage.lab)
  const [way = 'undo'] = waysOut(state)
  const { exitCode } = await runHeld(stage.lab, [way, directory], { runs })
  const moved = differences(await readWorld(stage.lab), before)
  return [
    ...(exitCode === 0 ? [`${way} ended with status 0 on a full disk`] : []),
    ...moved.map((one) => `${way} acted without its journal: ${one}`),
  ]
}

/** Checks what the run says of itself, then does what it offers until it has ended. */
async function recover(
  stage: FaultStage,
  point: FaultPoint,
  directory: string,
  runs: string,
): Promise<string[]> {
  const random = seededRandom(point.seed + 1)
  const violations: string[] = []
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const state = await stateOf(directory)
    if (!state) return violations
    const report = await reportOf(directory)
    violations.push(...(await untrueSentences(stage, report)))
    const ways = waysOut(state)
    if (state.ended === 'undone' || (state.ended === 'completed' && state.noReturnPassed)) return violations
    const offered = ways.filter((way) => report.includes(`cutover ${way}`))
    if (offered.length === 0) return [...violations, 'neither resume nor undo is offered']
    const way = offered[Math.floor(random() * offered.length)] ?? 'undo'
    const args = way === 'resume' ? ['resume', directory, '--agree-all'] : ['undo', directory]
    const { exitCode, said } = await runHeld(stage.lab, args, { runs })
    const after = await stateOf(directory)
    const fine = after?.ended === 'undone' || (way === 'resume' && after?.ended === 'completed')
    if (!fine) {
      const words = said.trim().split('\n').slice(-6).join(' | ')
      violations.push(`${way} ended ${after?.ended} with status ${exitCode}: ${words}`)
    }
  }
  return [...violations, 'it did not end within three recoveries']
}

/** What users see when their own servers are away says nothing about the run. */
const outage =
  /^\d+ (writes of (billing|stock) failed|refused writes of (billing|stock) are there|writes of orders were (refused without|not sent)|reads of orders (failed|were not sent)|ordinary bugs)/

async function judge(
  { lab, before, completed }: FaultStage,
  { fault }: FaultPoint,
  state: RunState | undefined,
  summary: LoadSummary,
): Promise<string[]> {
  const truth = state?.noReturnPassed ? 'target' : 'source'
  const violations: string[] = []
  if (truth === 'source') {
    const { source, target } = lab.pair
    await waitUntilApplied(source, target, { signal: AbortSignal.timeout(15_000) }).catch(
      (error: unknown) => {
        violations.push(`the target did not catch up: ${String(error)}`)
      },
    )
  }
  const audit = await auditLab(lab, summary, truth)
  violations.push(
    ...audit.findings.filter((finding) => fault.users !== true || !outage.test(finding)),
    ...differences(await readWorld(lab), truth === 'target' ? completed : before),
    ...(await runnersAreGone(lab)),
  )
  if (truth === 'source' && violations.length === 0) await forgetWrites(lab)
  else await resetLab(lab, before)
  return violations
}

async function stateOf(directory: string): Promise<RunState | undefined> {
  const entries = await readJournal(directory).catch(() => [])
  return entries.length === 0 ? undefined : foldJournal(entries)
}
