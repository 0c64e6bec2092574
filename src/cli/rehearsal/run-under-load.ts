import { playbookItems, type Playbook } from '../../core/playbook.ts'
import { systemClock } from '../../core/system-clock.ts'
import { checkDocuments } from '../../lab/audit/check-documents.ts'
import type { Audit } from '../../lab/audit/types.ts'
import { auditLab, startLabLoad } from '../../lab/lab-load.ts'
import type { LoadSummary } from '../../lab/load/types.ts'
import type { Lab } from '../../lab/open-lab.ts'
import { waitUntilApplied } from '../../lab/servers/wait-until-applied.ts'
import type { RehearseOptions } from './rehearse-options.ts'
import { runInLab, type LabRun } from './run-in-lab.ts'

/** How long users work undisturbed before and after the run, so that the pause stands out against ordinary traffic. */
const quietMs = 2000

/** Carries out the playbook while users work, and for a while before and after. */
export async function runUnderLoad(
  lab: Lab<unknown>,
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

/** The audit of every write and, unless the run was left half-way, of the documents. */
export async function auditEnd(
  lab: Lab<unknown>,
  playbook: Playbook,
  run: LabRun,
  load: LoadSummary,
): Promise<Audit> {
  const truth = truthAfter(run)
  const audit = await auditLab(lab, load, truth, { reverseSync: playbook.reverse !== undefined })
  const ended = run.result?.outcome
  if (ended !== 'completed' && ended !== 'undone') return audit
  const findings = [...audit.findings, ...(await checkDocuments(lab, truth))]
  return { ...audit, ok: findings.length === 0, findings }
}
