import * as clack from '@clack/prompts'
import type { Answer, Operator, Question, SecondPerson } from '../../core/ports/operator.ts'
import { lookForSecondPerson, type ApprovedRun } from '../approvals/second-person.ts'
import { showFailureMenu } from './failure-menu.ts'
import type { PromptQueue } from './prompt-queue.ts'
import { whoAmI } from './who-am-i.ts'

interface OperatorOptions {
  /** Where a person is asked. Absent: nobody is. */
  readonly prompts?: PromptQueue | undefined
  /** What `--confirm` said: it answers exactly the question that wants this name typed. */
  readonly confirm?: string | undefined
  /** Ids of questions that `--agree` answers, or all of them. */
  readonly agree: readonly string[] | 'all'
  /** The run whose plan a second person may approve. Undefined as long as there is no plan. */
  readonly approvedRun?: (() => ApprovedRun | undefined) | undefined
  /** Since when users have been waiting, as words; undefined outside the pause. */
  readonly waiting?: (() => Promise<string | undefined>) | undefined
}

/** Asks the person at the terminal; without one only flags can agree, and silence is a no. */
export function openOperator(options: OperatorOptions): Operator {
  const { prompts, waiting } = options

  async function askOne(question: Question, signal: AbortSignal): Promise<Answer> {
    const byFlag = answerFromFlags(question, options)
    if (byFlag) return byFlag
    if (!prompts?.interactive) return { agreed: false, why: nobodyToAsk(question) }
    return askAtTerminal(prompts, question, signal)
  }

  return {
    async ask(question, signal) {
      if (!question.secondPerson) return askOne(question, signal)
      const before = await secondPersonFor(options, question)
      if (!before.approved) return { agreed: false, why: before.why }
      const answer = await askOne(question, signal)
      if (!answer.agreed) return answer
      // The operator may have taken longer than the approval holds.
      const now = await secondPersonFor(options, question)
      return now.approved ? { ...answer, how: `${answer.how}; ${now.how}` } : { agreed: false, why: now.why }
    },
    secondPerson: (question) => secondPersonFor(options, question),
    async choose(question, signal) {
      return prompts?.interactive ? showFailureMenu(prompts, question, signal, await waiting?.()) : undefined
    },
  }
}

function secondPersonFor(options: OperatorOptions, question: Question): Promise<SecondPerson> {
  const run = options.approvedRun?.()
  if (!run) {
    const why = 'there is no plan yet that a second person could have approved'
    return Promise.resolve({ approved: false, why, hint: 'Plan first: cutover plan PLAYBOOK', final: true })
  }
  // Whatever the second person says: without the first one there is nothing to wait for.
  const mayAgree = options.prompts?.interactive || answerFromFlags(question, options)?.agreed === true
  return lookForSecondPerson(run, question, mayAgree)
}

function answerFromFlags(question: Question, options: OperatorOptions): Answer | undefined {
  if (question.typeToAgree !== undefined) {
    if (options.confirm === undefined) return undefined
    return options.confirm === question.typeToAgree
      ? { agreed: true, by: whoAmI(), how: `--confirm ${options.confirm}` }
      : { agreed: false, why: `--confirm ${options.confirm} does not name ${question.typeToAgree}` }
  }
  const agreed = options.agree === 'all' || options.agree.includes(question.id)
  return agreed ? { agreed: true, by: whoAmI(), how: `--agree ${question.id}` } : undefined
}

function nobodyToAsk(question: Question): string {
  const flag =
    question.typeToAgree === undefined ? `--agree ${question.id}` : `--confirm ${question.typeToAgree}`
  return `there is no terminal to ask at; give ${flag}`
}

async function askAtTerminal(prompts: PromptQueue, question: Question, signal: AbortSignal): Promise<Answer> {
  const wanted = question.typeToAgree
  if (wanted === undefined) {
    const said = await prompts.show(signal, (place) =>
      clack.confirm({ message: question.text, initialValue: false, ...place }),
    )
    if (said === true) return { agreed: true, by: whoAmI(), how: 'typed yes' }
    return { agreed: false, why: said === false ? 'the operator said no' : 'the operator did not answer' }
  }
  const typed = await prompts.show(signal, (place) =>
    clack.text({ message: `${question.text} Type ${wanted} to go on.`, ...place }),
  )
  return typed === wanted
    ? { agreed: true, by: whoAmI(), how: `typed ${wanted}` }
    : { agreed: false, why: `${wanted} was not typed` }
}
