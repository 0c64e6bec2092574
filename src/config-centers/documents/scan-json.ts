import { CutoverError } from '../../core/errors.ts'
import { refuseAt } from './scanned-document.ts'
import type { Leaf } from './scanned-document.ts'

/** Reads JSON, comments and a comma behind the last item allowed, keeping where each value stands. */
export function scanJson(content: string): readonly Leaf[] {
  const scanner = new JsonScanner(content)
  scanner.document()
  return scanner.leaves
}

const scalar =
  /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy
const blanks = /(?:[ \t\r\n]|\/\/[^\r\n]*|\/\*[^]*?\*\/)*/y
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Levels of nesting; nothing real comes near, and the scanner's own calls stay few. */
const deepest = 200

class JsonScanner {
  readonly leaves: Leaf[] = []
  readonly #content: string
  #position: number
  #depth = 0

  constructor(content: string) {
    this.#content = content
    this.#position = content.startsWith('\uFEFF') ? 1 : 0
  }

  document(): void {
    this.#value('')
    if (this.#position < this.#content.length) throw this.#unexpected()
  }

  #value(path: string): void {
    this.#skipBlanks()
    if (this.#takes('{')) this.#object(path)
    else if (this.#takes('[')) this.#array(path)
    else this.#scalar(path)
    this.#skipBlanks()
  }

  #object(path: string): void {
    const names = new Set<string>()
    this.#items(path, '{}', '}', () => {
      const start = this.#position
      const token = this.#token()
      if (!token.startsWith('"')) throw this.#unexpected(start)
      const name = String(JSON.parse(token))
      if (names.has(name)) throw refuseAt(this.#content, start, 'the document holds a key twice')
      names.add(name)
      this.#skipBlanks()
      if (!this.#takes(':')) throw this.#unexpected()
      this.#value(path === '' ? name : `${path}.${name}`)
    })
  }

  #array(path: string): void {
    let index = 0
    this.#items(path, '[]', ']', () => {
      this.#value(`${path}[${index}]`)
      index += 1
    })
  }

  #items(path: string, empty: string, close: string, item: () => void): void {
    const start = this.#position - 1
    this.#skipBlanks()
    if (this.#takes(close)) {
      const obstacle = 'is not a single value'
      const end = this.#position
      this.leaves.push({ path, document: 0, value: empty, start, end, obstacle, textFor: () => empty })
      return
    }
    this.#depth += 1
    if (this.#depth > deepest) throw refuseAt(this.#content, start, 'the document is nested too deeply')
    for (;;) {
      item()
      const more = this.#takes(',')
      this.#skipBlanks()
      // A comma behind the last item is nothing to readers of JSON with comments; the others refuse the document.
      if (this.#takes(close)) break
      if (!more) throw this.#unexpected()
    }
    this.#depth -= 1
  }

  #scalar(path: string): void {
    const start = this.#position
    const token = this.#token()
    const value = token === 'null' ? '' : String(token.startsWith('"') ? JSON.parse(token) : token)
    const textFor = (next: string): string => textInPlaceOf(token, next, path)
    this.leaves.push({ path, document: 0, value, start, end: this.#position, textFor })
  }

  #token(): string {
    scalar.lastIndex = this.#position
    const token = scalar.exec(this.#content)?.[0]
    if (token === undefined) throw this.#unexpected()
    this.#position += token.length
    return token
  }

  #takes(character: string): boolean {
    if (this.#content[this.#position] !== character) return false
    this.#position += 1
    return true
  }

  #skipBlanks(): void {
    blanks.lastIndex = this.#position
    this.#position += blanks.exec(this.#content)?.[0].length ?? 0
  }

  #unexpected(position = this.#position): CutoverError {
    return refuseAt(this.#content, position, 'the document is not valid JSON')
  }
}

/** A number stays a number and a truth value stays one: the service's reader may insist on it. */
function textInPlaceOf(token: string, value: string, path: string): string {
  if (token.startsWith('"') || token === 'null') return JSON.stringify(value)
  const fits = jsonNumber.test(token) ? jsonNumber.test(value) : value === 'true' || value === 'false'
  if (fits) return value
  throw new CutoverError(
    'system.refused',
    `${path} holds a number or truth value, the new value is neither`,
    {
      where: path,
    },
  )
}
