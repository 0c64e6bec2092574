import type { FailureRecord } from '../core/journal-entry.ts'
import { playbookItems, type PhaseName, type PlaybookItem } from '../core/playbook.ts'
import { holdGate } from './hold-gate.ts'
import { failureOf, type ItemResult, type Run } from './run.ts'
import { runStep } from './run-step.ts'

/** Where the way forward ended. */
export interface Halt {
  readonly item: PlaybookItem
  readonly failure: FailureRecord
  readonly declined: boolean
  /** Somebody asked to stop or the pause's budget passed: not the item's own failure. */
  readonly cut: boolean
}

const phases: readonly PhaseName[] = ['prepare', 'pause', 'settle']

/** Runs what the journal does not say is done. Undefined: everything is. */
export async function runItems(run: Run): Promise<Halt | undefined> {
  for (const phase of phases) {
    const items = run.playbook.phases[phase].filter((item) => !isBehindUs(run, item))
    const [first] = items
    if (!first) continue
    const stop = stopBefore(run)
    if (stop) return halt(run, first, stop) // a phase that is not going to run must not be announced
    await enterPhase(run, phase)
    for (const item of items) {
      const result = await runItem(run, item)
      if (!result.ok) return halt(run, item, result)
    }
    if (phase === 'pause') run.interruption.endPause()
  }
  return undefined
}

/** A pause taken up again after a crash has used its budget since it began: users were waiting all that time. */
async function enterPhase(run: Run, phase: PhaseName): Promise<void> {
  const startedAt = run.recorder.state().phaseStarts[phase]
  if (startedAt === undefined) await run.recorder.append({ type: 'phase.started', phase })
  if (phase !== 'pause') return
  const usedMs = startedAt === undefined ? 0 : run.clock.now().getTime() - Date.parse(startedAt)
  run.interruption.startPause(run.playbook.pauseBudgetMs - usedMs)
}

/**
 * A done step is not repeated. An open gate counts only when a later step has begun: until then it may have closed
 * while nobody watched, and after that the world it looked at is gone.
 */
function isBehindUs(run: Run, item: PlaybookItem): boolean {
  const { items } = run.recorder.state()
  if (items.get(item.id)?.state !== 'done') return false
  if (item.type === 'step') return true
  const all = playbookItems(run.playbook)
  return all.slice(all.indexOf(item) + 1).some((later) => items.get(later.id)?.touched)
}

async function runItem(run: Run, item: PlaybookItem): Promise<ItemResult> {
  const stop = stopBefore(run)
  if (stop) return stop
  return item.type === 'step' ? runStep(run, item) : holdGate(run, item)
}

type Failed = Extract<ItemResult, { ok: false }>

function stopBefore(run: Run): Failed | undefined {
  const reason = run.interruption.pending()
  return reason && { ok: false, failure: failureOf(reason) }
}

function halt(run: Run, item: PlaybookItem, result: Failed): Halt {
  return {
    item,
    failure: result.failure,
    declined: result.declined ?? false,
    cut: run.interruption.pending() !== undefined,
  }
}
