import type { StatementTraits } from './statement-traits.ts'

const longestText = 16_384
const entriesPerHalf = 2000
const charactersPerHalf = 1_000_000

/**
 * Keeps the traits of the texts that were asked for lately. Two halves: what is asked for again moves to the young one,
 * and when that is full the old one goes. So texts that hold values, and come once, push out each other and not those
 * that come again and again; at most two million characters and four thousand texts are kept.
 */
export class TraitsCache {
  #young = new Map<string, StatementTraits>()
  #old = new Map<string, StatementTraits>()
  #characters = 0
  readonly #describe: (text: string) => StatementTraits

  constructor(describe: (text: string) => StatementTraits) {
    this.#describe = describe
  }

  /** How many texts are kept. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(text: string): StatementTraits {
    const known = this.#young.get(text)
    if (known !== undefined) return known
    if (text.length > longestText) return this.#describe(text)
    const found = this.#old.get(text) ?? this.#describe(text)
    this.#keep(text, found)
    return found
  }

  #keep(text: string, found: StatementTraits): void {
    if (this.#young.size >= entriesPerHalf || this.#characters + text.length > charactersPerHalf) {
      this.#old = this.#young
      this.#young = new Map()
      this.#characters = 0
    }
    this.#young.set(text, found)
    this.#characters += text.length
  }
}
