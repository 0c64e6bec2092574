import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml'
import type { Alias, Document, Node, Scalar } from 'yaml'
import { refuseAt } from './scanned-document.ts'
import type { Leaf } from './scanned-document.ts'
import { writeYamlScalar } from './write-yaml-scalar.ts'

/** Reads every document of a YAML text as Spring does (YAML 1.1), keeping where each scalar stands. */
export function scanYaml(content: string): readonly Leaf[] {
  const leaves: Leaf[] = []
  parse(content).forEach((document, index) => {
    const [error] = document.errors
    if (error) throw refuseAt(content, error.pos[0], `the document is not valid YAML, ${error.code}`)
    const place = { path: '', document: index, obstacle: undefined, inFlow: false, depth: 0 }
    new Walk(content, document, leaves).visit(document.contents, place)
  })
  return leaves
}

function parse(content: string): readonly Document.Parsed[] {
  try {
    const documents = parseAllDocuments(content, {
      version: '1.1',
      // Never the library's own messages: they quote the line, which may hold a password.
      prettyErrors: false,
      intAsBigInt: true,
      // Looked for here: the library compares every key with every other one.
      uniqueKeys: false,
    })
    return Array.isArray(documents) ? (documents as readonly Document.Parsed[]) : []
  } catch {
    // It calls itself for every level, so what it throws is the end of the stack.
    throw refuseAt(content, 0, 'the document is nested too deeply')
  }
}

/** Levels of nesting; nothing real comes near. */
const deepest = 200

interface Place {
  readonly path: string
  readonly document: number
  readonly obstacle: string | undefined
  readonly inFlow: boolean
  readonly depth: number
}

class Walk {
  readonly #content: string
  readonly #document: Document
  readonly #leaves: Leaf[]

  constructor(content: string, document: Document, leaves: Leaf[]) {
    this.#content = content
    this.#document = document
    this.#leaves = leaves
  }

  visit(node: unknown, place: Place): void {
    if (isAlias(node)) this.#addAlias(node, place)
    else if (isScalar(node)) this.#addScalar(node, place)
    else if (isMap(node)) {
      const inside = this.#inside(node, place)
      const names = new Set<string>()
      for (const { key, value } of node.items) {
        const own = keyOf(key)
        this.#requireNew(names, own, key)
        const name = place.path === '' ? own : `${place.path}.${own}`
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

  // A merge key may stand several times, and what is no scalar is told from others by no name.
  #requireNew(names: Set<string>, name: string, key: unknown): void {
    if (name === '<<' || !isScalar(key)) return
    if (names.has(name)) throw refuseAt(this.#content, key.range?.[0] ?? 0, 'the document holds a key twice')
    names.add(name)
  }

  #inside(node: { anchor?: string; tag?: string; flow?: boolean }, place: Place): Place {
    if (place.depth >= deepest) throw refuseAt(this.#content, 0, 'the document is nested too deeply')
    const anchored = node.anchor === undefined ? undefined : `stands below the anchor &${node.anchor}`
    const tagged = node.tag?.startsWith('!') === true ? 'stands below a tag' : undefined
    return {
      ...place,
      depth: place.depth + 1,
      obstacle: place.obstacle ?? anchored ?? tagged,
      inFlow: place.inFlow || node.flow === true,
    }
  }

  #addAlias(node: Alias, place: Place): void {
    const anchored = node.resolve(this.#document)
    const value = isScalar(anchored) ? decoded(anchored) : `*${node.source}`
    this.#add(node, value, { ...place, obstacle: 'is an alias' })
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
      document: place.document,
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
    this.#leaves.push({ ...leafAt(place), value: '', start: end, end, obstacle, textFor })
  }

  #add(node: Node, value: string, place: Place): void {
    const [start, end] = node.range ?? [0, 0]
    const type = isScalar(node) ? node.type : undefined
    const text = this.#content.slice(start, end)
    const textFor = (next: string): string => writeYamlScalar(next, { type, text, inFlow: place.inFlow })
    this.#leaves.push({ ...leafAt(place), value, start, end, obstacle: place.obstacle, textFor })
  }
}

function leafAt({ path, document }: Place): Pick<Leaf, 'path' | 'document'> {
  return { path, document }
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
