import { formatMs, startDeadline } from '../core/deadline.ts'
import type { FailureRecord } from '../core/journal-entry.ts'
import { playbookItems, type PlaybookItem } from '../core/playbook.ts'
import { failureOf, type Run } from './run.ts'

/** Longest sleep between two looks at the wall clock, which may be set meanwhile. Milliseconds. */
const lookEveryMs = 1000

/** A window that opens later than this is a mistake in its date. Seven days, milliseconds. */
const longestWaitMs = 7 * 24 * 3_600_000

/**
 * True for the item before which the run waits for its window: the first one after the last step that prepares. The gates
 * that stand there are then read, and the operator is asked, when the pause may really begin.
 */
export function isAtDoor(run: Run, item: PlaybookItem): boolean {
  const { playbook, recorder } = run
  if (!playbook.window || recorder.state().phaseStarts.pause !== undefined) return false
  const { prepare, pause } = playbook.phases
  const lastStep = prepare.findLastIndex((each) => each.type === 'step')
  return item === pause[0] || playbookItems(playbook).indexOf(item) === lastStep + 1
}

/** Undefined: the pause may begin now. `wished`: somebody wants something else. Else why it must not begin. */
export async function awaitWindow(run: Run): Promise<FailureRecord | 'wished' | undefined> {
  const { notBefore = 0 } = run.playbook.window ?? {}
  using deadline = startDeadline(run.clock, longestWaitMs, 'the wait for the window', run.steering.forWait())
  try {
    for (;;) {
      const now = run.clock.now().getTime()
      const tooLate = missed(run, now)
      if (tooLate) return tooLate
      const leftMs = notBefore - now
      if (leftMs <= 0) return undefined
      run.recorder.emit({ type: 'window.waiting', opensInMs: leftMs })
      await run.clock.sleep(Math.min(leftMs, lookEveryMs), deadline.signal)
    }
  } catch (error) {
    const failure = failureOf(error, deadline.signal)
    return failure.code === 'interrupted' ? 'wished' : failure
  }
}

function missed({ playbook, runId }: Run, now: number): FailureRecord | undefined {
  const { window, pauseBudgetMs } = playbook
  if (window?.notAfter === undefined || now + pauseBudgetMs <= window.notAfter) return undefined
  const end = new Date(window.notAfter).toISOString()
  return {
    code: 'window.closed',
    message: `a pause of up to ${formatMs(pauseBudgetMs)} does not fit into the window any more, which ends at ${end}`,
    hint: `Agree on another window, write it into the playbook, and begin anew; or undo what was prepared: cutover undo ${runId}`,
  }
}
