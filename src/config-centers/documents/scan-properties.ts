import { refuseAt } from './scanned-document.ts'
import type { Leaf } from './scanned-document.ts'

/** Reads a Java properties text: comments, escapes, continued lines, separators `=`, `:` and blanks. */
export function scanProperties(content: string): readonly Leaf[] {
  const leaves: Leaf[] = []
  let document = 0
  for (const { start, end, separator } of logicalLines(content)) {
    if (separator) document += leaves.length > 0 ? 1 : 0
    else leaves.push(parseLine(content, start, end, document))
  }
  return withoutOverridden(leaves)
}

// To Java the last of several equal keys counts.
function withoutOverridden(leaves: readonly Leaf[]): readonly Leaf[] {
  const last = new Map(leaves.map((leaf) => [`${leaf.document} ${leaf.path}`, leaf]))
  return leaves.map((leaf) =>
    last.get(`${leaf.document} ${leaf.path}`) === leaf ? leaf : { ...leaf, overridden: true },
  )
}

interface LogicalLine {
  readonly start: number
  readonly end: number
  /** True: `#---` or `!---`, by which Spring parts several documents in one text. */
  readonly separator: boolean
}

// A line of text with the lines that continue it; comments and blank lines are left out.
function* logicalLines(content: string): Generator<LogicalLine> {
  let position = content.startsWith('\uFEFF') ? 1 : 0
  while (position < content.length) {
    const start = skip(content, position, content.length, /[ \t\f]/)
    const comment = content[start] === '#' || content[start] === '!'
    const end = comment ? endOfLine(content, start) : endOfContinued(content, start)
    const separator = start === position && /^[#!]---[ \t\f]*$/.test(content.slice(start, end))
    if ((!comment && end > start) || separator) yield { start, end, separator }
    position = afterLine(content, end)
  }
}

function endOfContinued(content: string, start: number): number {
  let end = endOfLine(content, start)
  while (isContinued(content, start, end)) {
    const next = skip(content, afterLine(content, end), content.length, /[ \t\f]/)
    if (next >= content.length) break
    end = endOfLine(content, next)
  }
  return end
}

function parseLine(content: string, start: number, end: number, document: number): Leaf {
  let keyEnd = start
  while (keyEnd < end && !/[=: \t\f]/.test(content[keyEnd] ?? '')) {
    keyEnd += content[keyEnd] === '\\' ? 2 : 1
  }
  keyEnd = Math.min(keyEnd, end)
  let valueStart = skip(content, keyEnd, end, /[ \t\f]/)
  if (valueStart < end && /[=:]/.test(content[valueStart] ?? '')) {
    valueStart = skip(content, valueStart + 1, end, /[ \t\f]/)
  }
  const separator = valueStart > keyEnd ? '' : '='
  return {
    path: unescape(content, start, keyEnd),
    document,
    value: unescape(content, valueStart, end),
    start: valueStart,
    end,
    textFor: (value) => `${separator}${escape(value)}`,
  }
}

function isContinued(content: string, start: number, end: number): boolean {
  let backslashes = 0
  while (end - 1 - backslashes >= start && content[end - 1 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 1
}

function endOfLine(content: string, from: number): number {
  let position = from
  while (position < content.length && content[position] !== '\n' && content[position] !== '\r') position += 1
  return position
}

function afterLine(content: string, end: number): number {
  return content.startsWith('\r\n', end) ? end + 2 : end + 1
}

function skip(content: string, from: number, end: number, blanks: RegExp): number {
  let position = from
  while (position < end && blanks.test(content[position] ?? '')) position += 1
  return position
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescape(content: string, start: number, end: number): string {
  let text = ''
  for (let position = start; position < end; position += 1) {
    const character = content[position] ?? ''
    if (character !== '\\') {
      text += character
      continue
    }
    position += 1
    const escaped = content[position] ?? ''
    if (escaped === 'u') {
      const digits = content.slice(position + 1, position + 5)
      if (!/^[0-9A-Fa-f]{4}$/.test(digits)) throw refuseAt(content, position - 1, 'broken \\u escape')
      text += String.fromCharCode(Number.parseInt(digits, 16))
      position += 4
    } else if (escaped === '\n' || escaped === '\r') {
      position = skip(content, afterLine(content, position), end, /[ \t\f]/) - 1
    } else if (position < end) text += escapes[escaped] ?? escaped
  }
  return text
}

/** ASCII only, so that the text means the same whether it is read as ISO-8859-1 or as UTF-8. */
function escape(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replace(/^[ =:]/, (character) => `\\${character}`)
    .replace(
      /[^\x20-\x7E]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
    )
}
