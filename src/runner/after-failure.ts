import { startDeadline } from '../core/deadline.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { FailureChoice, FailureRecord } from '../core/journal-entry.ts'
import type { PlaybookItem } from '../core/playbook.ts'
import type { Choice, Chosen } from '../core/ports/operator.ts'
import { markDone } from './mark-done.ts'
import { gateKindOf, stepKindOf, type Halt, type ItemResult, type Run } from './run.ts'

/** How long a person may think about a failure when nothing else sets a limit, milliseconds. */
const thinkMs = 30 * 60_000

/** Failures about which there is nothing to choose. */
const settled: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'operator.declined',
  'interrupted',
  // Whoever broke the lock decides now.
  'locked',
  'journal.unusable',
])

type Failed = Extract<ItemResult, { ok: false }>

/**
 * An item failed: a person at the terminal chooses, else the playbook's `onFailure` decides.
 * @returns undefined: the way forward goes on behind the item.
 */
export async function afterFailure(
  run: Run,
  item: PlaybookItem,
  { failure, declined }: Failed,
): Promise<Halt | 'retry' | undefined> {
  for (let last = failure; ;) {
    const cut = run.steering.cut() !== undefined || declined === true
    if (cut) return { item, failure: last, wayOut: 'undo' }
    if (last.code === 'locked') return { item, failure: last, wayOut: 'stop' }
    const chosen = await choose(run, item, last)
    if (!chosen) {
      const wished = run.steering.wishHere()
      if (wished?.wish === 'hold') {
        await waitHere(run, wished.reason.message)
        continue // whoever lets it go on has not said how
      }
      return unanswered(run, item, last, wished !== undefined)
    }
    switch (chosen.choice) {
      case 'retry':
        return 'retry'
      case 'skip':
        await run.recorder.append({
          type: 'item.skipped',
          id: item.id,
          reason: chosen.reason ?? '',
          by: chosen.by,
        })
        return undefined
      case 'undo':
        return { item, failure: last, wayOut: 'undo' }
      case 'park':
        return { item, failure: last, wayOut: 'stop' }
      case 'mark-done': {
        const refused = item.type === 'step' ? await markDone(run, item, chosen.by) : last
        if (!refused) return undefined
        last = refused
      }
    }
  }
}

/** Silence is what the playbook says, unless somebody asked for something else while the question was open. */
function unanswered(run: Run, item: PlaybookItem, failure: FailureRecord, parked: boolean): Halt {
  if (run.steering.cut()) return { item, failure, wayOut: 'undo' }
  return { item, failure, wayOut: parked ? 'stop' : item.onFailure }
}

async function waitHere(run: Run, reason: string): Promise<void> {
  run.recorder.emit({ type: 'run.held', reason })
  await run.steering.untilReleased()
}

interface Answer {
  readonly choice: FailureChoice
  readonly by: string
  readonly reason?: string
}

/** Undefined: nobody said anything that can be done. */
async function choose(run: Run, item: PlaybookItem, failure: FailureRecord): Promise<Answer | undefined> {
  const { operator } = run.ports
  if (!operator.choose || settled.has(failure.code)) return undefined
  const choices = choicesFor(run, item)
  const limit = `the question what to do about ${item.id}`
  using deadline = startDeadline(run.clock, thinkMs, limit, run.steering.forWait())
  const text = `${item.id} failed: ${failure.message}${failure.hint === undefined ? '' : `\n${failure.hint}`}`
  const otherwise = otherwiseFor(run, item)
  const chosen = await operator
    .choose({ id: item.id, text, choices, otherwise }, deadline.signal)
    // A prompt that breaks is no answer.
    .catch(() => undefined)
  const answer = chosen && checked(chosen, choices)
  if (answer) await run.recorder.append({ type: 'failure.answered', id: item.id, ...answer })
  return answer
}

function otherwiseFor(run: Run, item: PlaybookItem): string {
  if (run.recorder.state().noReturnPassed || item.onFailure === 'stop') return 'the run stops as it stands'
  return run.steering.inPause
    ? 'everything is walked back when the budget of the pause has passed'
    : 'everything is walked back'
}

function checked({ key, by, reason }: Chosen, choices: readonly Choice[]): Answer | undefined {
  const choice = choices.find((each) => each.key === key)
  if (!choice || (choice.needsReason && !reason?.trim())) return undefined
  return { choice: key as FailureChoice, by, ...(reason === undefined ? {} : { reason }) }
}

type OfferedChoice = Choice & { readonly key: FailureChoice }

function choicesFor(run: Run, item: PlaybookItem): readonly OfferedChoice[] {
  const { items, noReturnPassed } = run.recorder.state()
  const kind =
    item.type === 'step' ? stepKindOf(run.catalogue, item.uses) : gateKindOf(run.catalogue, item.uses)
  const offered: (OfferedChoice | false)[] = [
    { key: 'retry', label: 'Try it again' },
    item.type === 'step' &&
      items.get(item.id)?.touched === true && {
        key: 'mark-done',
        label: 'It is done (put right by hand): look, and go on when it is true',
      },
    kind.skippable === true && { key: 'skip', label: 'Leave it out and go on', needsReason: true },
    !noReturnPassed && { key: 'undo', label: 'Walk everything back' },
    { key: 'park', label: 'Stop here and leave everything as it stands' },
  ]
  return offered.filter((choice) => choice !== false)
}
