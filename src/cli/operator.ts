import * as clack from '@clack/prompts'
import { userInfo } from 'node:os'
import type { Answer, Operator, Question } from '../core/ports/operator.ts'

interface OperatorOptions {
  /** Both must be terminals, else a prompt would take an end of file for an answer. */
  readonly interactive: boolean
  /** What `--confirm` said: it answers exactly the question that wants this name typed. */
  readonly confirm?: string | undefined
  /** Ids of questions that `--agree` answers, or all of them. */
  readonly agree: readonly string[] | 'all'
  /** Called around a prompt, so that the live footer does not draw over it. */
  readonly onPrompt?: (open: boolean) => void
}

/** Name of who runs this process; its number where the system knows no name for it, as in many containers. */
export function whoAmI(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}

/** Asks the person at the terminal; without one only flags can agree, and silence is a no. */
export function openOperator(options: OperatorOptions): Operator {
  return {
    async ask(question, signal) {
      const byFlag = answerFromFlags(question, options)
      if (byFlag) return byFlag
      if (!options.interactive) return { agreed: false, why: nobodyToAsk(question) }
      options.onPrompt?.(true)
      try {
        return await askAtTerminal(question, signal)
      } finally {
        options.onPrompt?.(false)
      }
    },
  }
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

async function askAtTerminal(question: Question, signal: AbortSignal): Promise<Answer> {
  if (question.typeToAgree === undefined) {
    const answer = await clack.confirm({ message: question.text, initialValue: false, signal })
    return answer === true
      ? { agreed: true, by: whoAmI(), how: 'typed yes' }
      : { agreed: false, why: 'the operator said no' }
  }
  const typed = await clack.text({
    message: `${question.text} Type ${question.typeToAgree} to go on.`,
    signal,
  })
  return typed === question.typeToAgree
    ? { agreed: true, by: whoAmI(), how: `typed ${question.typeToAgree}` }
    : { agreed: false, why: `${question.typeToAgree} was not typed` }
}
