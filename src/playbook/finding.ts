import type { TextRange } from './source-text.ts'

/** A mistake refuses the playbook. A warning does not: what it names may be wanted, and mostly is not. */
export type Level = 'mistake' | 'warning'

/** What the checks report; it becomes a complaint when its place is looked up. */
export interface Finding {
  /** Default: mistake. */
  readonly level?: Level | undefined
  readonly range: TextRange
  /** One sentence: what is wrong. Never holds a value that may be a secret. */
  readonly message: string
  /** One sentence: what to write instead. */
  readonly hint?: string | undefined
  /** The other place that belongs to it, such as the first of two equal names. */
  readonly other?: TextRange | undefined
  /** For an unknown key: the known one that was probably meant. */
  readonly meant?: string | undefined
  /** For something missing: its key. */
  readonly missing?: string | undefined
}
