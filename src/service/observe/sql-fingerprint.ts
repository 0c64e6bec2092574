import { createHash } from 'node:crypto'

// Enough to tell statements apart; a statement with a large value inside would only cost time.
const readLength = 20_000

/** What has no part in the form of a statement: strings, comments, numbers, constants, places for values; and names. */
const values = new RegExp(
  [
    String.raw`\`(?:[^\`]|\`\`)*(?:\`|$)`,
    String.raw`'(?:[^'\\]|\\[\s\S]?|'')*(?:'|$)`,
    String.raw`"(?:[^"\\]|\\[\s\S]?|"")*(?:"|$)`,
    String.raw`--[ \t].*|#.*|/\*[\s\S]*?(?:\*/|$)`,
    String.raw`\b(?:x(?='))?(?:0x[0-9a-f]+|0b[01]+|\d+(?:\.\d*)?(?:e[+-]?\d+)?)\b`,
    String.raw`\b(?:null|true|false)\b`,
    String.raw`\?|:[a-z_]\w*|\$\d+`,
  ].join('|'),
  'gi',
)

/**
 * Tells one statement from another without showing either: 12 hexadecimal digits, the same for every set of values,
 * whether bound or written into the text.
 */
export function sqlFingerprint(sql: string): string {
  return createHash('sha256').update(formOf(sql)).digest('hex').slice(0, 12)
}

/** The statement without values, in one line. Still names tables and columns. */
function formOf(sql: string): string {
  return sql
    .slice(0, readLength)
    .replace(values, withoutValue)
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/([(,=<>]|\b(?:and|or|like|limit|values|then|else)\b) ?- ?\?/g, '$1 ?')
    .replace(/ ?([(),=<>]) ?/g, '$1')
    .replace(/\(\?(?:,\?)*\)(?:,\(\?(?:,\?)*\))*/g, '(?)')
    .trim()
}

function withoutValue(found: string): string {
  if (found.startsWith('`')) return found
  return /^(?:--|#|\/\*)/.test(found) ? ' ' : '?'
}
