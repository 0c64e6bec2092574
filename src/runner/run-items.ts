import type { CutoverError } from '../core/errors.ts'
import type { FailureRecord } from '../core/journal-entry.ts'
import { playbookItems, type PhaseName, type PlaybookItem, type PlaybookStep } from '../core/playbook.ts'
import { afterFailure } from './after-failure.ts'
import { awaitWindow, isAtDoor } from './await-window.ts'
import { holdGate } from './hold-gate.ts'
import { failureOf, stepKindOf, type Halt, type ItemResult, type Run } from './run.ts'
import { runStep } from './run-step.ts'

const phases: readonly PhaseName[] = ['prepare', 'pause', 'settle']

/** Runs what the journal does not say is done. Undefined: everything is. */
export async function runItems(run: Run): Promise<Halt | undefined> {
  for (;;) {
    const end = await passThrough(run)
    if (end !== 'again') return end
  }
}

/** One way through. `again`: somebody held the run, and gates that were open before may have closed meanwhile. */
async function passThrough(run: Run): Promise<Halt | 'again' | undefined> {
  for (const phase of phases) {
    const items = run.playbook.phases[phase].filter((item) => !isBehindUs(run, item))
    const [first] = items
    if (!first) continue
    // A phase that is not going to run must not be announced.
    const end = (await safePoint(run, first)) ?? (await atDoor(run, first))
    if (end) return end
    await enterPhase(run, phase)
    for (const item of items) {
      const halted = await finishItem(run, item)
      if (halted) return halted
    }
    if (phase === 'pause') run.steering.endPause()
  }
  return undefined
}

/** A pause taken up again after a crash has used its budget since it began: users were waiting all that time. */
async function enterPhase(run: Run, phase: PhaseName): Promise<void> {
  const startedAt = run.recorder.state().phaseStarts[phase]
  if (startedAt === undefined) await run.recorder.append({ type: 'phase.started', phase })
  if (phase !== 'pause') return
  const now = run.clock.now().getTime()
  // A wall clock that was set back must not give a pause more time than it ever had.
  const usedMs = startedAt === undefined ? 0 : Math.max(0, now - Date.parse(startedAt))
  run.steering.startPause(run.playbook.pauseBudgetMs - usedMs)
}

/**
 * A done step is not repeated. An open gate counts only when a later step has begun: until then it may have closed
 * while nobody watched, and after that the world it looked at is gone. So does a hold: it ends by itself, and whether it
 * has, its `verify` tells.
 */
function isBehindUs(run: Run, item: PlaybookItem): boolean {
  const { items } = run.recorder.state()
  const state = items.get(item.id)?.state
  if (state === 'skipped') return true
  if (state !== 'done') return false
  if (item.type === 'step' && !endsByItself(run, item)) return true
  const all = playbookItems(run.playbook)
  return all.slice(all.indexOf(item) + 1).some((later) => items.get(later.id)?.touched)
}

function endsByItself(run: Run, step: PlaybookStep): boolean {
  return stepKindOf(run.catalogue, step.uses).holds === 'hold'
}

/** Runs an item until it is done, left out, or the way forward ends at it. */
async function finishItem(run: Run, item: PlaybookItem): Promise<Halt | 'again' | undefined> {
  for (;;) {
    const end = (await safePoint(run, item)) ?? (await atDoor(run, item))
    if (end) return end
    const result = await runItem(run, item)
    if (result.ok) return undefined
    if (result.wished) continue
    const next = await afterFailure(run, item, result)
    if (next !== 'retry') return next
  }
}

async function runItem(run: Run, item: PlaybookItem): Promise<ItemResult> {
  run.steering.at(item.id)
  try {
    return await (item.type === 'step' ? runStep(run, item) : holdGate(run, item))
  } finally {
    run.steering.at('')
  }
}

/** The pause does not begin outside its window. */
async function atDoor(run: Run, item: PlaybookItem): Promise<Halt | 'again' | undefined> {
  if (!isAtDoor(run, item)) return undefined
  const closed = await awaitWindow(run)
  if (!closed) return undefined
  if (closed === 'wished') return 'again'
  const next = await afterFailure(run, item, { ok: false, failure: closed })
  return next === 'retry' ? 'again' : next
}

/** Between two items: what people and clocks have asked for meanwhile takes effect here. */
async function safePoint(run: Run, item: PlaybookItem): Promise<Halt | 'again' | undefined> {
  const cut = run.steering.cut()
  if (cut) return { item, failure: failureOf(cut), wayOut: 'undo' }
  const wished = run.steering.wishHere()
  if (!wished) return undefined
  if (wished.wish === 'park') return { item, failure: parked(wished.reason), wayOut: 'stop' }
  run.recorder.emit({ type: 'run.held', reason: wished.reason.message })
  await run.steering.untilReleased()
  return 'again'
}

function parked(reason: CutoverError): FailureRecord {
  return { ...failureOf(reason), code: 'interrupted' }
}
