import { formatMs } from '../../core/deadline.ts'
import { foldJournal } from '../../core/fold.ts'
import type { Playbook } from '../../core/playbook.ts'
import type { RunControl } from '../../core/run-control.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { openOperator } from './operator.ts'
import { openPerson, type OpenedPerson } from './open-person.ts'
import { openPromptQueue } from './prompt-queue.ts'

interface AnsweringOptions {
  readonly run: { readonly playbook: Playbook; readonly runId: string; readonly directory: string }
  readonly confirm: string | undefined
  readonly agree: readonly string[] | 'all'
  readonly control: RunControl
  /** Called around a prompt, so that nothing else draws where it is. */
  readonly onPrompt: (open: boolean) => void
}

export interface Answering extends OpenedPerson {
  /** From now on a second person may approve the plan of this digest, and only that one. */
  readonly bindPlan: (digest: string) => void
}

/** Everybody who may be asked something in a run: whoever is at its terminal, its flags, and a second person. */
export function openAnswering({ run, confirm, agree, control, onPrompt }: AnsweringOptions): Answering {
  const { directory } = run
  const prompts = openPromptQueue({
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    input: process.stdin,
    output: process.stderr,
    onPrompt,
  })
  let planDigest: string | undefined
  const answers = {
    confirm,
    agree,
    approvedRun: () => (planDigest === undefined ? undefined : { directory, planDigest }),
    waiting: () => (control.position()?.inPause ? tellWaiting(run) : Promise.resolve(undefined)),
  }
  const opened = openPerson({
    atTerminal: openOperator({ ...answers, prompts }),
    withoutTerminal: openOperator(answers),
    isThere: () => prompts.interactive && !process.stdin.destroyed,
  })
  return {
    ...opened,
    bindPlan(digest) {
      planDigest = digest
    },
  }
}

/** Since when users have been waiting, also when another process began the pause. Clock times: they stay right. */
async function tellWaiting({ playbook, directory }: AnsweringOptions['run']): Promise<string> {
  const { pauseBudgetMs } = playbook
  const state = await readJournal(directory).then(foldJournal, () => undefined)
  const since = state?.phaseStarts.pause
  if (since === undefined) return `; the pause may take ${formatMs(pauseBudgetMs)}`
  const began = Date.parse(since)
  return `since ${clockTime(began)}; the pause is to be over by ${clockTime(began + pauseBudgetMs)}`
}

function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8)
}
