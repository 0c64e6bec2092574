import { characterClasses, isIdentifier, isOddBlank } from './characters.ts'
import { endOfDigits, endOfExponent, endOfFraction, isDigit } from './numbers.ts'

/** What a token is. `quoted`: in backticks or double quotes, a name or a text, as sql_mode has it. */
export type TokenKind =
  | 'end'
  | 'separator'
  | 'word'
  | 'quoted'
  | 'text'
  | 'number'
  | 'variable'
  | 'system-variable'
  | 'assign'
  | 'symbol'

/**
 * In which quotes a backslash escapes: `both` is how servers are delivered, `single` with ANSI_QUOTES, `none` with
 * NO_BACKSLASH_ESCAPES.
 */
export type EscapeMode = 'both' | 'single' | 'none'

const harmlessComment =
  /\/\*!(?:\d{5,6})?(?:[ \t\r\n]+(?:SQL_NO_CACHE|SQL_CACHE|STRAIGHT_JOIN|HIGH_PRIORITY|SQL_(?:BIG|SMALL|BUFFER)_RESULT))+[ \t\r\n]*\*\//iy

const newline = 10
const quoteMark = 34
const apostrophe = 39
const star = 42
const minus = 45
const point = 46
const slash = 47
const semicolon = 59
const equals = 61
const at = 64
const backslash = 92
const backtick = 96

/**
 * Reads the tokens of a text as the lexers of MariaDB 10.11 and MySQL 9 do, one after the other and without keeping
 * them. Where these two differ, or the text is nothing they would accept, `unsure` says so and the reading ends.
 */
export class SqlReader {
  kind: TokenKind = 'end'
  start = 0
  end = 0
  /**
   * A point that is no part of a number, or the colon of a named placeholder, stands directly before the token: it is a
   * name then, never a keyword.
   */
  isName = false
  /** What is here may run or not, depending on the server: executable comments, strange blanks, open quotes. */
  unsure = false
  /** No server takes this text from here on, if backslashes mean what was assumed. */
  impossible = false
  /** A backslash stood before the quote it protects: with other sql_modes the text ends elsewhere. */
  escapedApostrophe = false
  escapedQuoteMark = false
  readonly text: string
  readonly #escapes: EscapeMode
  #nextBackslash = -1
  #word: string | undefined

  constructor(text: string, escapes: EscapeMode) {
    this.text = text
    this.#escapes = escapes
  }

  /** The token in capitals. */
  get word(): string {
    return (this.#word ??= this.text.slice(this.start, this.end).toUpperCase())
  }

  /** True when the token is this one character. */
  isSymbol(character: string): boolean {
    return this.kind === 'symbol' && this.text.charCodeAt(this.start) === character.charCodeAt(0)
  }

  advance(): void {
    const marked = this.isSymbol('.') || this.isSymbol(':')
    const before = this.end
    this.#word = undefined
    this.start = this.#skipBlanks(before)
    this.end = this.start
    this.isName = marked && this.start === before
    if (this.unsure || this.impossible || this.start >= this.text.length) this.kind = 'end'
    else this.#readToken(this.text.charCodeAt(this.start))
  }

  #readToken(code: number): void {
    switch (code < 128 ? characterClasses[code] : 'letter') {
      case 'letter':
        return this.#take('word', this.#endOfIdentifier(this.start))
      case 'digit':
        return this.#readNumber()
      case 'quote':
        return this.#readQuoted(code)
      case 'strange':
        return this.#giveUp()
      default:
        return this.#readSymbol(code)
    }
  }

  #readSymbol(code: number): void {
    const next = this.text.charCodeAt(this.start + 1)
    if (code === semicolon) return this.#take('separator', this.start + 1)
    if (code === at) return this.#readVariable(next)
    if (code === point && isDigit(next)) return this.#take('number', endOfFraction(this.text, this.start + 1))
    if (code === backslash) return this.#readBackslash(next)
    if (code === 58 && next === equals) return this.#take('assign', this.start + 2)
    this.#take('symbol', this.start + 1)
  }

  #take(kind: TokenKind, end: number): void {
    this.kind = kind
    this.end = end
  }

  #giveUp(): void {
    this.unsure = true
    this.#take('end', this.text.length)
  }

  /** An open quote or comment: an error as the servers are delivered; in another reading, merely not that reading. */
  #leaveOpen(): void {
    if (this.#escapes === 'both') return this.#giveUp()
    this.impossible = true
    this.#take('end', this.text.length)
  }

  #skipBlanks(from: number): number {
    const { text } = this
    let position = from
    for (;;) {
      const code = text.charCodeAt(position)
      if (code < 128 && characterClasses[code] === 'blank') position += 1
      else if (code === 35) position = this.#endOfLine(position)
      else if (code === minus && text.charCodeAt(position + 1) === minus) {
        const after = this.#endOfDashes(position)
        if (after === position) return position
        position = after
      } else if (code === slash && text.charCodeAt(position + 1) === star)
        position = this.#endOfComment(position)
      else return position
    }
  }

  #endOfLine(from: number): number {
    const end = this.text.indexOf('\n', from)
    return end === -1 ? this.text.length : end + 1
  }

  /** Two dashes begin a comment only before a blank, a control character or the end. */
  #endOfDashes(from: number): number {
    const next = this.text.charCodeAt(from + 2)
    if (next === newline || next < 33 || Number.isNaN(next)) return this.#endOfLine(from + 2)
    if (next > 126) this.#giveUp()
    return from
  }

  /** Block comments do not nest; those with `!` run. A hint's quoted names may hide the end of the comment. */
  #endOfComment(from: number): number {
    const { text } = this
    const kind = text[from + 2]
    if (kind === '!' || ((kind === 'M' || kind === 'm') && text[from + 3] === '!')) {
      harmlessComment.lastIndex = from
      if (harmlessComment.test(text)) return harmlessComment.lastIndex
      this.#giveUp()
      return text.length
    }
    const end = text.indexOf('*/', from + 2)
    if (end === -1) this.#leaveOpen()
    else if (kind === '+' && /['"`]/.test(text.slice(from, end))) this.#giveUp()
    return end === -1 ? text.length : end + 2
  }

  #endOfIdentifier(from: number): number {
    const { text } = this
    let position = from
    for (;;) {
      const code = text.charCodeAt(position)
      if (code >= 128) {
        if (isOddBlank(code)) this.unsure = true
      } else if (!isIdentifier(code)) return position
      position += 1
    }
  }

  /** `1e5FOR` is a number and a word, `5FOR` and `0x5FOR` are one word. */
  #readNumber(): void {
    const { text } = this
    const digits = endOfDigits(text, this.start)
    const code = text.charCodeAt(digits)
    if (code === point) return this.#take('number', endOfFraction(text, digits + 1))
    const exponent = endOfExponent(text, digits)
    if (exponent !== digits) return this.#take('number', exponent)
    const end = this.#endOfIdentifier(digits)
    this.#take(end === digits ? 'number' : 'word', end)
  }

  /** `@name`, whose name may hold points; the quotes of @'name' follow as a token of their own. */
  #readVariable(next: number): void {
    const system = next === at
    let position = this.start + (system ? 2 : 1)
    for (;;) {
      const code = this.text.charCodeAt(position)
      if (!(code === point || (code < 128 && isIdentifier(code)))) break
      position += 1
    }
    this.#take(system ? 'system-variable' : 'variable', position)
  }

  /** `\N` is NULL on MariaDB; no other backslash may stand outside quotes. */
  #readBackslash(next: number): void {
    if (next === 78) return this.#take('number', this.start + 2)
    if (this.#escapes === 'both') return this.#giveUp()
    this.impossible = true
    this.#take('end', this.text.length)
  }

  #readQuoted(quote: number): void {
    const end = this.#endOfQuoted(quote)
    if (end === -1) return this.#leaveOpen()
    this.#take(quote === apostrophe ? 'text' : 'quoted', end)
  }

  #endOfQuoted(quote: number): number {
    const { text } = this
    const mark = String.fromCharCode(quote)
    const escapes = this.#escaping(quote)
    let position = this.start + 1
    for (;;) {
      const end = text.indexOf(mark, position)
      if (end === -1) return -1
      const escape = escapes ? this.#findBackslash(position) : end
      if (escape < end) {
        if (escape + 1 === end) this.#noteEscaped(quote)
        position = escape + 2
      } else if (text.charCodeAt(end + 1) === quote) position = end + 2
      else return end + 1
    }
  }

  #escaping(quote: number): boolean {
    if (quote === backtick || this.#escapes === 'none') return false
    return quote === apostrophe || this.#escapes === 'both'
  }

  #noteEscaped(quote: number): void {
    if (quote === apostrophe) this.escapedApostrophe = true
    else if (quote === quoteMark) this.escapedQuoteMark = true
  }

  #findBackslash(from: number): number {
    if (this.#nextBackslash < from) {
      const found = this.text.indexOf('\\', from)
      this.#nextBackslash = found === -1 ? this.text.length : found
    }
    return this.#nextBackslash
  }
}
