import { findings } from './findings.ts'
import { callComputes, callKeeps, callWrites, opensBrackets } from './known-functions.ts'
import { beginsQuery, mayBeLabel, mayMatter, meaningOf } from './noted-words.ts'
import { SqlReader, type EscapeMode, type TokenKind } from './sql-reader.ts'

const noFunctions: ReadonlySet<string> = new Set()

/** Reads statements token by token and keeps what it met on the way, so that who judges need not look at every token. */
export class StatementReader {
  /** Bits of `findings`, of the present statement up to and with the present token. */
  found = 0
  readonly #tokens: SqlReader
  readonly #writeFunctions: ReadonlySet<string>
  #index = 0
  // The token before: a call is known only by its bracket.
  #before: TokenKind = 'end'
  #startBefore = 0
  #endBefore = 0
  #pointBefore = false
  #expects: 'target' | 'bracket' | 'argument' | undefined

  constructor(text: string, escapes: EscapeMode, writeFunctions: ReadonlySet<string> = noFunctions) {
    this.#tokens = new SqlReader(text, escapes)
    this.#writeFunctions = writeFunctions
  }

  get kind(): TokenKind {
    return this.#tokens.kind
  }

  get word(): string {
    return this.#tokens.word
  }

  get unsure(): boolean {
    return this.#tokens.unsure
  }

  get impossible(): boolean {
    return this.#tokens.impossible
  }

  /** Reading with other modes may give other tokens. */
  get otherModes(): readonly EscapeMode[] {
    const { escapedApostrophe, escapedQuoteMark } = this.#tokens
    if (escapedQuoteMark) return ['none', 'single']
    return escapedApostrophe ? ['none'] : []
  }

  /** No token of the present statement is left. */
  get atEnd(): boolean {
    return this.kind === 'separator' || this.kind === 'end'
  }

  /** True when the token is this word without quotes. */
  isWord(word: string): boolean {
    return this.kind === 'word' && this.word === word
  }

  isSymbol(character: string): boolean {
    return this.#tokens.isSymbol(character)
  }

  /** Steps to the first token of the next statement; false when there is none. */
  nextStatement(): boolean {
    do this.#tokens.advance()
    while (this.kind === 'separator')
    this.found = 0
    this.#index = 0
    this.#before = 'end'
    this.#expects = undefined
    if (this.kind === 'end') return false
    this.#note()
    return true
  }

  /** Steps to the next token of this statement, or stays at its end. */
  advance(): void {
    if (this.atEnd) return
    const tokens = this.#tokens
    this.#pointBefore = this.#before === 'symbol' && tokens.text[this.#startBefore] === '.'
    this.#before = tokens.kind
    this.#startBefore = tokens.start
    this.#endBefore = tokens.end
    this.#index += 1
    this.#tokens.advance()
    this.#note()
  }

  /** Steps over this word; false, and no step, when it is another one. */
  skipWord(word: string): boolean {
    const found = this.isWord(word)
    if (found) this.advance()
    return found
  }

  /** Steps to the end of the statement. Gives what was found in all of it. */
  finish(): number {
    while (!this.atEnd) this.advance()
    return this.found
  }

  #note(): void {
    if (this.#expects !== undefined) this.#noteExpected(this.#expects)
    if (this.kind === 'word') this.#noteWord()
    else if (this.kind === 'quoted') this.#noteQuoted()
    else if (this.kind === 'assign') this.found |= findings.assigns
    else if (this.kind === 'symbol') this.#noteSymbol()
  }

  #noteExpected(expected: 'target' | 'bracket' | 'argument'): void {
    this.#expects = undefined
    if (expected === 'target')
      this.found |= this.kind === 'variable' ? findings.intoVariable : findings.intoOther
    else if (expected === 'bracket' && !this.isSymbol('(')) this.found |= findings.changes
    else if (expected === 'argument' && !this.isSymbol(')')) this.found |= findings.sessionState
  }

  #noteWord(): void {
    const { start, end, text, isName } = this.#tokens
    if (!mayMatter(end - start, text.charCodeAt(start))) return
    const { word } = this
    if (word === 'NEXTVAL') this.#noteNextValue()
    else if (isName) return
    else if (word === 'INTO') this.#expects = 'target'
    else if (word === 'INSERT' || word === 'REPLACE') this.#expects = 'bracket'
    else this.found |= meaningOf(word) | this.#besideOthers(word)
  }

  #noteQuoted(): void {
    const length = 'NEXTVAL'.length + 2
    if (this.#tokens.end - this.#tokens.start === length && unquote(this.word) === 'NEXTVAL')
      this.#noteNextValue()
  }

  /** `sequence.NEXTVAL` is how sql_mode ORACLE takes a number; with blanks around the point as well, and in quotes. */
  #noteNextValue(): void {
    if (this.#wordBefore() === '.') this.found |= findings.writes
  }

  #besideOthers(word: string): number {
    if (word === 'SHARE') return this.#wordBefore() === 'FOR' ? findings.locks : 0
    if (word === 'VALUE') return this.#wordBefore() === 'NEXT' ? findings.writes : 0
    const opened = this.#before === 'symbol' && this.#wordBefore() === '('
    return opened && beginsQuery(word) ? findings.subquery : 0
  }

  #noteSymbol(): void {
    if (this.#index === 1 && this.isSymbol(':')) this.#noteLabel()
    else if (this.isSymbol('(') && (this.#before === 'word' || this.#before === 'quoted')) this.#noteCall()
  }

  #noteLabel(): void {
    if (mayBeLabel(this.#wordBefore())) this.found |= findings.labelled
  }

  #noteCall(): void {
    const before = this.#wordBefore()
    const plain = this.#before === 'word' && !this.#pointBefore
    const name = this.#before === 'quoted' ? unquote(before) : before
    if (callKeeps(name)) this.found |= findings.sessionState
    if (name === 'LAST_INSERT_ID') this.#expects = 'argument'
    if (callWrites(name) || this.#isNamed(name)) this.found |= findings.writes
    // With a schema, quotes or a blank before its bracket, a name of the server's own may be a stored function.
    const own = plain && (opensBrackets(name) || (this.#adjoins && callComputes(name)))
    if (!own) this.found |= findings.unknownCall
  }

  get #adjoins(): boolean {
    return this.#endBefore === this.#tokens.start
  }

  #wordBefore(): string {
    return this.#tokens.text.slice(this.#startBefore, this.#endBefore).toUpperCase()
  }

  /** Servers compare names of routines without accents, so a name beyond ASCII may be any of those given. */
  #isNamed(name: string): boolean {
    if (this.#writeFunctions.size === 0) return false
    return this.#writeFunctions.has(name.toLowerCase()) || /[^ -~]/.test(name)
  }
}

/** The name between quotes. */
export function unquote(quoted: string): string {
  const mark = quoted[0] ?? ''
  const name = quoted.slice(1, -1)
  return name.includes(mark) ? name.replaceAll(mark + mark, mark) : name
}
