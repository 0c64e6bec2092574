export interface Question {
  readonly id: string
  readonly text: string
  /** The operator must type exactly this; anything else is a no. Absent: yes or no. */
  readonly typeToAgree?: string
}

export type Answer =
  | { readonly agreed: true; readonly by: string; readonly how: string }
  | { readonly agreed: false; readonly why: string }

/** A person, or the flags that stand for one. No terminal and no flag is a no. */
export interface Operator {
  ask(question: Question, signal: AbortSignal): Promise<Answer>
}
