import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml'
import type { Document, Node, Scalar } from 'yaml'
import { refuseAt } from './scanned-document.ts'
import type { Leaf } from './scanned-document.ts'
import { writeYamlScalar } from './write-yaml-scalar.ts'

/** Reads every document of a YAML text as Spring does (YAML 1.1), keeping where each scalar stands. */
export function scanYaml(content: string): readonly Leaf[] {
  const documents = parseAllDocuments(content, {
    version: '1.1',
    // Never the library's own messages: they quote the line, which may hold a password.
    prettyErrors: false,
    intAsBigInt: true,
  })
  if (!Array.isArray(documents)) return []
  const leaves: Leaf[] = []
  for (const document of documents as readonly Document.Parsed[]) {
    const [error] = document.errors
    if (error) {
      const twice = error.code === 'DUPLICATE_KEY'
      const message = twice
        ? 'the document holds a key twice'
        : `the document is not valid YAML, ${error.code}`
      throw refuseAt(content, error.pos[0], message)
    }
    new Walk(content, leaves).visit(document.contents, { path: '', obstacle: undefined, inFlow: false })
  }
  return leaves
}

interface Place {
  readonly path: string
  readonly obstacle: string | undefined
  readonly inFlow: boolean
}

class Walk {
  readonly #content: string
  readonly #leaves: Leaf[]

  constructor(content: string, leaves: Leaf[]) {
    this.#content = content
    this.#leaves = leaves
  }

  visit(node: unknown, place: Place): void {
    if (isAlias(node)) this.#add(node, `*${node.source}`, { ...place, obstacle: 'is an alias' })
    else if (isScalar(node)) this.#addScalar(node, place)
    else if (isMap(node)) {
      const inside = this.#inside(node, place)
      for (const { key, value } of node.items) {
        const name = place.path === '' ? keyOf(key) : `${place.path}.${keyOf(key)}`
        const merge = isScalar(key) && key.source === '<<' && key.type === 'PLAIN'
        const obstacle = merge ? 'is a merge key' : inside.obstacle
        if (value === null) this.#addNothing(key, { ...inside, path: name })
        else if (merge) this.#add(value as Node, '', { ...inside, path: name, obstacle })
        else this.visit(value, { ...inside, path: name })
      }
      if (node.items.length === 0) this.#add(node, '{}', { ...place, obstacle: 'is not a single value' })
    } else if (isSeq(node)) {
      const inside = this.#inside(node, place)
      node.items.forEach((item, index) => this.visit(item, { ...inside, path: `${place.path}[${index}]` }))
      if (node.items.length === 0) this.#add(node, '[]', { ...place, obstacle: 'is not a single value' })
    }
  }

  #inside(node: { anchor?: string; tag?: string; flow?: boolean }, place: Place): Place {
    const anchored = node.anchor === undefined ? undefined : `stands below the anchor &${node.anchor}`
    const tagged = node.tag?.startsWith('!') === true ? 'stands below a tag' : undefined
    return {
      path: place.path,
      obstacle: place.obstacle ?? anchored ?? tagged,
      inFlow: place.inFlow || node.flow === true,
    }
  }

  #addScalar(node: Scalar, place: Place): void {
    const anchored = node.anchor === undefined ? undefined : `carries the anchor &${node.anchor}`
    const tagged = node.tag === undefined ? undefined : 'carries a tag'
    const block = node.type?.startsWith('BLOCK') === true ? 'is a block of several lines' : undefined
    const obstacle = place.obstacle ?? anchored ?? tagged ?? block
    const [start, end] = node.range ?? [0, 0]
    if (start < end) this.#add(node, decoded(node), { ...place, obstacle })
    else this.#addEmpty(start, { ...place, obstacle })
  }

  // `password:` with nothing behind it: the value goes right behind the colon, before a comment.
  #addEmpty(position: number, place: Place): void {
    const colon = this.#content.slice(0, position).trimEnd().length
    const behindColon = this.#content[colon - 1] === ':'
    this.#leaves.push({
      path: place.path,
      value: '',
      start: behindColon ? colon : position,
      end: behindColon ? colon : position,
      obstacle: place.obstacle ?? (behindColon ? undefined : 'has no value'),
      textFor: (value) => ` ${writeYamlScalar(value, { type: undefined, text: '', inFlow: place.inFlow })}`,
    })
  }

  #addNothing(key: unknown, place: Place): void {
    const end = isScalar(key) ? (key.range?.[1] ?? 0) : 0
    const obstacle = 'has no value'
    const textFor = (): string => ''
    this.#leaves.push({ path: place.path, value: '', start: end, end, obstacle, textFor })
  }

  #add(node: Node, value: string, place: Place): void {
    const [start, end] = node.range ?? [0, 0]
    const type = isScalar(node) ? node.type : undefined
    const text = this.#content.slice(start, end)
    const textFor = (next: string): string => writeYamlScalar(next, { type, text, inFlow: place.inFlow })
    this.#leaves.push({ path: place.path, value, start, end, obstacle: place.obstacle, textFor })
  }
}

function keyOf(key: unknown): string {
  if (!isScalar(key)) return '?'
  return key.type === 'PLAIN' ? (key.source ?? '') : String(key.value)
}

/** As Spring Boot binds it: it reads no timestamps, and y and n are words to it. */
function decoded({ value, source = '' }: Scalar): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return /^[yn]$/i.test(source) ? source : String(value)
  // The parser takes e0 for a number, Spring does not.
  const isNumber = (typeof value === 'number' || typeof value === 'bigint') && /^[-+.0-9]/.test(source)
  return isNumber ? String(value) : source
}
