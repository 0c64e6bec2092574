/** A number from 0, below the number of sides. */
export type Dice = (sides: number) => number

export interface Style {
  readonly dice: Dice
  readonly end: '\n' | '\r\n'
  /** True: the text begins with a byte order mark. */
  readonly mark: boolean
}

export interface WrittenLeaf {
  readonly path: string
  /** From 0. */
  readonly document: number
  readonly value: string
  readonly start: number
  readonly end: number
  /** False: a form that is kept but never replaced. */
  readonly editable: boolean
}

export interface WrittenText {
  readonly content: string
  readonly leaves: readonly WrittenLeaf[]
}

/** Puts a text together and remembers where each value stands. */
export class TextWriter {
  readonly style: Style
  readonly leaves: WrittenLeaf[] = []
  document = 0
  #text: string

  constructor(style: Style) {
    this.style = style
    this.#text = style.mark ? '\uFEFF' : ''
  }

  get content(): string {
    return this.#text
  }

  put(...pieces: readonly string[]): void {
    for (const piece of pieces) this.#text += piece.replaceAll('\n', this.style.end)
  }

  value(path: string, value: string, text: string, editable = true): void {
    const start = this.#text.length
    this.put(text)
    this.leaves.push({ path, document: this.document, value, start, end: this.#text.length, editable })
  }

  /** One of several ways to write something. */
  pick<T>(...ways: readonly [T, ...T[]]): T {
    return ways[this.style.dice(ways.length)] ?? ways[0]
  }

  written(): WrittenText {
    return { content: this.#text, leaves: this.leaves }
  }
}
