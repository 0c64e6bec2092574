import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLError,
} from 'yaml'
import type { Finding } from './finding.ts'
import type { TextRange } from './source-text.ts'
import { explainYamlError } from './yaml-errors.ts'
import type { MapNode, ScalarNode, YamlNode } from './yaml-tree.ts'

export interface YamlReading {
  /** Absent when nothing could be read. With syntax errors it is only a guess. */
  readonly root: YamlNode | undefined
  /** True: the text is not YAML, so what stands where is not known for sure. */
  readonly broken: boolean
  readonly findings: readonly Finding[]
}

// Far more than any playbook has. Aliases of aliases could otherwise grow a small file without end.
const maxNodes = 50_000
const maxDepth = 60

/** Reads YAML 1.2 text as a tree with places. Never throws. */
export function readYaml(text: string): YamlReading {
  try {
    return readDocument(text)
  } catch (error) {
    // The parser recurses; brackets nested by the thousand use up its stack.
    if (!(error instanceof RangeError)) throw error
    const finding = { range: { start: 0, end: 1 }, ...explainYamlError('RESOURCE_EXHAUSTION') }
    return { root: undefined, broken: true, findings: [finding] }
  }
}

function readDocument(text: string): YamlReading {
  // Duplicate keys are found below, where the place of the first one is known as well.
  // With `silent` the parser would also keep a second document to itself.
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error' })
  // One slip makes the parser stumble several times over the same place.
  const problems = [...document.errors, ...document.warnings].filter(
    (problem, index, all) => all.findIndex(({ pos }) => pos[0] === problem.pos[0]) === index,
  )
  const findings = problems.map((problem) => syntaxFinding(problem, document, text))
  if (document.directives?.yaml.explicit && document.directives.yaml.version !== '1.2') {
    findings.push({
      range: { start: 0, end: 1 },
      message: 'Playbooks are YAML 1.2.',
      hint: 'Remove the line %YAML.',
    })
  }
  const broken = findings.length > 0
  const reader = new TreeReader()
  const root = document.contents ? reader.read(document.contents, undefined, 0) : undefined
  return { root, broken, findings: broken ? findings : reader.findings }
}

function syntaxFinding({ code, pos }: YAMLError, document: Document, text: string): Finding {
  const { message, hint } = explainYamlError(code)
  const opened = code === 'MISSING_CHAR' ? findUnclosed(document, pos[0], text) : undefined
  if (opened !== undefined) {
    const range = { start: opened, end: opened + 1 }
    return { range, message: 'This quote or bracket is not closed.', hint }
  }
  // A wrong indentation begins at the end of the line before; what people see is the first character after it.
  const blanks = code === 'BAD_INDENT' ? (/^\s*(?=\S)/.exec(text.slice(pos[0]))?.[0].length ?? 0) : 0
  const start = pos[0] + blanks
  return { range: { start, end: Math.max(start, pos[1]) }, message, hint }
}

const closing: Readonly<Record<string, string>> = { '"': '"', "'": "'", '[': ']', '{': '}' }

/** The parser notices only at the end of the file; people look for the beginning. */
function findUnclosed(document: Document, noticedAt: number, text: string): number | undefined {
  let found: number | undefined
  visit(document, {
    Node(_key, { range }) {
      if (!range || range[0] >= noticedAt || noticedAt > range[2]) return
      const close = closing[text[range[0]] ?? '']
      const isClosed = range[1] - range[0] > 1 && text[range[1] - 1] === close
      if (close !== undefined && !isClosed) found = range[0]
    },
  })
  return found
}

class TreeReader {
  readonly findings: Finding[] = []
  readonly #anchors = new Map<string, Node>()
  #nodes = 0

  read(node: Node | null, key: TextRange | undefined, depth: number): YamlNode {
    const range = rangeOf(node) ?? key ?? { start: 0, end: 0 }
    this.#nodes += 1
    if (depth > maxDepth || this.#nodes > maxNodes) return this.#tooLarge(range, key)
    if (isAlias(node)) return this.read(this.#anchors.get(node.source) ?? null, key, depth + 1)
    if (node && (isCollection(node) || isScalar(node)) && node.anchor) this.#anchors.set(node.anchor, node)
    if (isMap(node)) return this.#readMap(node.items as Pair<Node, Node | null>[], range, key, depth)
    if (isSeq(node)) {
      const items = (node.items as Node[]).map((item) => this.read(item, undefined, depth + 1))
      return { type: 'list', items, range, key }
    }
    return scalar(isScalar(node) ? node.value : null, range, key)
  }

  #readMap(
    pairs: readonly Pair<Node, Node | null>[],
    range: TextRange,
    key: TextRange | undefined,
    depth: number,
  ): MapNode {
    const entries = new Map<string, YamlNode>()
    for (const pair of pairs) {
      const keyRange = rangeOf(pair.key) ?? range
      const name = nameOf(pair.key)
      const value = this.read(pair.value, keyRange, depth + 1)
      const first = name === undefined ? undefined : entries.get(name)
      if (name === undefined) this.#report(keyRange, 'A key must be a word.')
      else if (name === '__proto__') this.#report(keyRange, '`__proto__` cannot be a key.')
      else if (first) this.#report(keyRange, `\`${name}\` is written twice in the same map.`, first.key)
      else entries.set(name, value)
    }
    return { type: 'map', entries, range, key }
  }

  #tooLarge(range: TextRange, key: TextRange | undefined): ScalarNode {
    const { message } = explainYamlError('RESOURCE_EXHAUSTION')
    if (!this.findings.some((finding) => finding.message === message)) this.#report(range, message)
    return { type: 'scalar', value: null, variables: [], unfilled: true, range, key }
  }

  #report(range: TextRange, message: string, other?: TextRange): void {
    this.findings.push({ range, message, other })
  }
}

function rangeOf(node: Node | null | undefined): TextRange | undefined {
  return node?.range ? { start: node.range[0], end: node.range[1] } : undefined
}

function nameOf(key: Node | null): string | undefined {
  return isScalar(key) ? key.source || undefined : undefined
}

function scalar(value: unknown, range: TextRange, key: TextRange | undefined): ScalarNode {
  const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return { type: 'scalar', value: known ? value : null, variables: [], unfilled: false, range, key }
}
