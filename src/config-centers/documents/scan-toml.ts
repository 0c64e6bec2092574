import type { CutoverError } from '../../core/errors.ts'
import { refuseAt } from './scanned-document.ts'
import type { Leaf } from './scanned-document.ts'
import { tomlScalarAt } from './toml-scalar.ts'

/** Reads TOML, keeping where each value stands; items of arrays and of arrays of tables are `[0]`. */
export function scanToml(content: string): readonly Leaf[] {
  const scanner = new TomlScanner(content)
  scanner.document()
  return scanner.leaves
}

const blanks = /[ \t]*/y
const blanksAndLines = /(?:[ \t\r\n]|#[^\r\n]*)*/y
const endOfLine = /[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)/y
const bareKey = /[\w-]+/y
/** Levels of nesting; nothing real comes near, and the scanner's own calls stay few. */
const deepest = 200

class TomlScanner {
  readonly leaves: Leaf[] = []
  readonly #content: string
  readonly #paths = new Set<string>()
  readonly #tables = new Map<string, number>()
  #position: number
  #depth = 0

  constructor(content: string) {
    this.#content = content
    this.#position = content.startsWith('\uFEFF') ? 1 : 0
  }

  document(): void {
    let table = ''
    for (this.#skip(blanksAndLines); this.#position < this.#content.length; this.#skip(blanksAndLines)) {
      if (this.#takes('[[')) table = this.#header(']]')
      else if (this.#takes('[')) table = this.#header(']')
      else this.#pair(table)
      if (!this.#skip(endOfLine)) throw this.#unexpected()
    }
  }

  #header(close: string): string {
    const keys = this.#keys()
    if (!this.#takes(close)) throw this.#unexpected()
    let path = ''
    keys.forEach((key, index) => {
      path = join(path, key)
      const isNew = close === ']]' && index === keys.length - 1
      if (isNew) this.#tables.set(path, (this.#tables.get(path) ?? 0) + 1)
      const count = this.#tables.get(path)
      if (count !== undefined) path = `${path}[${count - 1}]`
    })
    return path
  }

  #pair(table: string): void {
    const path = this.#keys().reduce(join, table)
    if (!this.#takes('=')) throw this.#unexpected()
    this.#skip(blanks)
    this.#value(path)
  }

  #keys(): readonly string[] {
    const keys: string[] = []
    do {
      this.#skip(blanks)
      const quoted = /["']/.test(this.#content[this.#position] ?? '')
      const scalar = quoted ? tomlScalarAt(this.#content, this.#position) : undefined
      const start = this.#position
      if (scalar && scalar.obstacle === undefined) this.#position += scalar.text.length
      else if (quoted || !this.#skip(bareKey)) throw this.#unexpected()
      keys.push(scalar?.value ?? this.#content.slice(start, this.#position))
      this.#skip(blanks)
    } while (this.#takes('.'))
    return keys
  }

  #value(path: string): void {
    const start = this.#position
    if (this.#takes('[')) return this.#items(path, start, ']', (index) => this.#value(`${path}[${index}]`))
    if (this.#takes('{')) return this.#items(path, start, '}', () => this.#pair(path))
    const scalar = tomlScalarAt(this.#content, start)
    if (!scalar) throw this.#unexpected()
    this.#position += scalar.text.length
    this.#add({ path, document: 0, start, end: this.#position, ...scalar })
  }

  #items(path: string, start: number, close: string, item: (index: number) => void): void {
    this.#depth += 1
    if (this.#depth > deepest) throw refuseAt(this.#content, start, 'the document is nested too deeply')
    let index = 0
    for (this.#skip(blanksAndLines); !this.#takes(close); index += 1) {
      if (index > 0 && !this.#takes(',')) throw this.#unexpected()
      this.#skip(blanksAndLines)
      if (index > 0 && this.#takes(close)) break
      item(index)
      this.#skip(blanksAndLines)
    }
    this.#depth -= 1
    if (index > 0) return
    const value = this.#content.slice(start, this.#position)
    const obstacle = 'is not a single value'
    this.#add({ path, document: 0, value, start, end: this.#position, obstacle, textFor: () => value })
  }

  #add(leaf: Leaf): void {
    if (this.#paths.has(leaf.path))
      throw refuseAt(this.#content, leaf.start, 'the document holds a key twice')
    this.#paths.add(leaf.path)
    this.leaves.push(leaf)
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#position
    const found = pattern.exec(this.#content)
    this.#position += found?.[0].length ?? 0
    return found !== null
  }

  #takes(sign: string): boolean {
    if (!this.#content.startsWith(sign, this.#position)) return false
    this.#position += sign.length
    return true
  }

  #unexpected(): CutoverError {
    return refuseAt(this.#content, this.#position, 'the document is not valid TOML')
  }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
