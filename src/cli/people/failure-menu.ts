import * as clack from '@clack/prompts'
import type { Choice, ChoiceQuestion, Chosen } from '../../core/ports/operator.ts'
import { callerName } from '../control/caller.ts'
import type { PromptPlace, PromptQueue } from './prompt-queue.ts'

/** Under the cursor when the menu opens: Enter pressed out of habit must not act. */
const undecided = ''

/**
 * Asks how to go on after a failure.
 * @param waiting since when users have been waiting, as words; undefined outside the pause.
 * @returns undefined when nobody decided: no terminal, Ctrl-C, Esc, end of input, or the signal fired.
 */
export async function showFailureMenu(
  prompts: PromptQueue,
  question: ChoiceQuestion,
  signal: AbortSignal,
  waiting: string | undefined,
): Promise<Chosen | undefined> {
  // One turn for menu and reason: nothing else is asked in between.
  const decision = await prompts.show(signal, async (place) => {
    clack.log.warn(aboutText(question, waiting), place)
    for (;;) {
      const choice = await pickOne(question, place)
      if (typeof choice === 'symbol') return choice
      if (!choice.needsReason) return { key: choice.key }
      const reason = await clack.text({ message: `Why ${choice.label}? It goes on the record.`, ...place })
      if (typeof reason === 'symbol') return reason
      if (!isBlank(reason)) return { key: choice.key, reason: reason.trim() }
      clack.log.warn(`Without a reason it is not done.`, place)
    }
  })
  return decision && { ...decision, by: callerName() }
}

async function pickOne(question: ChoiceQuestion, place: PromptPlace): Promise<Choice | symbol> {
  const options = [
    { value: undecided, label: 'not decided yet', hint: 'choose with the arrow keys' },
    ...question.choices.map(({ key, label }) => ({ value: key, label })),
  ]
  const message = `What now? Without an answer: ${question.otherwise} (Esc or Ctrl-C: at once)`
  for (;;) {
    const key = await clack.select({ message, options, initialValue: undecided, ...place })
    if (typeof key === 'symbol') return key
    const choice = question.choices.find((one) => one.key === key)
    if (choice) return choice
  }
}

/** What the menu is about. It stays on the screen above the menu, which must fit into a small window with all choices. */
function aboutText({ text }: ChoiceQuestion, waiting: string | undefined): string {
  return waiting === undefined ? text : `${text}\nUsers are waiting ${waiting}.`
}

// A prompt that is left empty gives an empty text, whatever its type says, or none.
function isBlank(text: string | undefined): boolean {
  return (text ?? '').trim() === ''
}
