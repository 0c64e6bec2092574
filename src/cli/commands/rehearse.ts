import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CutoverError } from '../../core/errors.ts'
import { playbookItems, type Playbook } from '../../core/playbook.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { Audit } from '../../lab/audit/types.ts'
import { renderAudit } from '../../lab/audit/render-audit.ts'
import { auditLab, startLabLoad } from '../../lab/lab-load.ts'
import type { LoadSummary } from '../../lab/load/types.ts'
import { openLab, type Lab } from '../../lab/open-lab.ts'
import { waitUntilApplied } from '../../lab/servers/wait-until-applied.ts'
import { renderReport } from '../../report/render-report.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { listenForStop } from '../people/listen-for-stop.ts'
import { openPlaybook } from '../open-playbook.ts'
import { checkOutputFile, writeOutputFile } from '../runs/output-file.ts'
import type { RehearseOptions } from '../rehearsal/rehearse-options.ts'
import { makeRehearsalResult } from '../rehearsal/rehearsal-result.ts'
import { runInLab, type LabRun } from '../rehearsal/run-in-lab.ts'

const shippedPlaybooks = { restart: 'stop-write.yaml', hot: 'stop-write-hot.yaml' } as const

/** How long users work undisturbed before and after the run, so that the pause stands out against ordinary traffic. */
const quietMs = 2000

/** The whole cutover against throw-away servers under load, and the audit of every write. */
export async function rehearse(options: RehearseOptions): Promise<ExitCode> {
  await checkOutputFile(options.json)
  using stop = listenForStop()
  const file = options.playbook ?? shippedPlaybook(options.mode)
  await using lab = await openLab({
    ...options,
    keep: options.keep === true,
    ...(await needsOf(file)),
    signal: stop.signal,
    say: (text) => process.stderr.write(`lab: ${text}\n`),
  })
  const playbook = await openPlaybook(file, { ...process.env, ...lab.environment })
  if (!playbook) return exitCodes.usage
  const { run, load } = await runUnderLoad(lab, file, playbook, options, stop.signal)
  const audit = await auditLab(lab, load, truthAfter(run), { reverseSync: playbook.reverse !== undefined })
  await showEnd(lab, playbook, run, audit)
  const exitCode = run.exitCode === exitCodes.done && !audit.ok ? exitCodes.audit : run.exitCode
  if (options.json) {
    const result = makeRehearsalResult({ options, run, audit, exitCode })
    await writeOutputFile(options.json, `${JSON.stringify(result, null, 2)}\n`)
  }
  return exitCode as ExitCode
}

function shippedPlaybook(mode: RehearseOptions['mode']): string {
  return fileURLToPath(new URL(`../../../playbooks/${shippedPlaybooks[mode]}`, import.meta.url))
}

/**
 * What the lab must bring before the playbook can be read: accounts (one per service, or one for both), a way back,
 * services whose pool can be changed live.
 */
async function needsOf(
  file: string,
): Promise<{ sharedAccount: boolean; reverseSync: boolean; hot: boolean }> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CutoverError('usage', 'The playbook cannot be read', { where: file, hint: 'Check --playbook.' })
  })
  return {
    sharedAccount: /\bshop_app\b/.test(text),
    reverseSync: /^reverse:/m.test(text),
    hot: /^\s*- step: hold-writes$/m.test(text),
  }
}

async function runUnderLoad(
  lab: Lab,
  file: string,
  playbook: Playbook,
  options: RehearseOptions,
  signal: AbortSignal,
): Promise<{ run: LabRun; load: LoadSummary }> {
  await using load = await startLabLoad(lab, {
    seed: options.seed,
    writesPerSecond: options.writes,
    readsPerSecond: options.reads,
    ...(closesServers(playbook) && { billingPerSecond: 0, stockPerSecond: 0 }),
  })
  await systemClock.sleep(quietMs, signal)
  const run = await runInLab(lab, { playbook: file, confirm: playbook.confirm, signal, show: true })
  await systemClock.sleep(quietMs, AbortSignal.timeout(2 * quietMs))
  const summary = await load.stop()
  if (truthAfter(run) === 'source') {
    await waitUntilApplied(lab.pair.source, lab.pair.target, { signal: AbortSignal.timeout(30_000) })
  } else if (playbook.reverse !== undefined) {
    await waitUntilApplied(lab.pair.target, lab.pair.source, { signal: AbortSignal.timeout(30_000) })
  }
  return { run, load: summary }
}

/** A server that is closed as a whole belongs to orders alone: nobody else may be writing there. */
function closesServers(playbook: Playbook): boolean {
  return playbookItems(playbook).some(
    (item) => (item.with as { fence?: unknown } | null)?.fence === 'instance',
  )
}

/** Where the moved tables must be right now. */
function truthAfter(run: LabRun): 'source' | 'target' {
  return run.result?.noReturnPassed ? 'target' : 'source'
}

async function showEnd(lab: Lab, playbook: Playbook, run: LabRun, audit: Audit): Promise<void> {
  if (run.result) {
    const entries = await readJournal(run.result.directory)
    process.stdout.write(renderReport({ playbook, entries }))
  }
  process.stdout.write(`\n${renderAudit(audit)}\n`)
  if (lab.keeps) process.stdout.write(`\nlab kept in ${lab.directory}\n`)
}
