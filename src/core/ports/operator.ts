export interface Question {
  readonly id: string
  readonly text: string
  /** The operator must type exactly this; anything else is a no. Absent: yes or no. */
  readonly typeToAgree?: string
  /** True: besides the operator, another person must have approved this very plan. */
  readonly secondPerson?: boolean
  /** For how long such an approval may be made to hold, milliseconds. */
  readonly approvalValidForMs?: number
}

/** One of several ways to go on. */
export interface Choice {
  readonly key: string
  readonly label: string
  /** True: the answer is only taken with a reason. */
  readonly needsReason?: boolean
}

export interface ChoiceQuestion {
  /** Id of the item it is about. */
  readonly id: string
  readonly text: string
  readonly choices: readonly Choice[]
  /** What happens when nobody answers, as words. */
  readonly otherwise: string
}

export interface Chosen {
  readonly key: string
  readonly by: string
  readonly reason?: string
}

export type Answer =
  | { readonly agreed: true; readonly by: string; readonly how: string }
  | { readonly agreed: false; readonly why: string }

/** Whether another person than the operator has approved this very plan. */
export type SecondPerson =
  | {
      readonly approved: true
      /** Who, until when, and the plan's digest, as words. */
      readonly how: string
    }
  | {
      readonly approved: false
      readonly why: string
      /** How the other person does it: the command to type. */
      readonly hint: string
      /** True: waiting cannot help, nobody can hand an approval in. */
      readonly final: boolean
    }

/** A person, or the flags that stand for one. No terminal and no flag is a no. */
export interface Operator {
  /** A question that wants a second person is only agreed to while that person's approval holds. */
  ask(question: Question, signal: AbortSignal): Promise<Answer>
  /** One look for the approval that a question wants, without asking anybody. Absent: none can be looked for. */
  secondPerson?(question: Question, signal: AbortSignal): Promise<SecondPerson>
  /** Undefined: there is nobody to ask, or no answer came before the signal fired. Absent: nobody can be asked. */
  choose?(question: ChoiceQuestion, signal: AbortSignal): Promise<Chosen | undefined>
}
