import { createHash } from 'node:crypto'

// What follows is data, or makes no difference any more.
const mostCharacters = 8192

/**
 * Names a statement by its form: two that differ in values, lengths of lists, comments, letter case or spaces have the
 * same. Tells nothing of the text it was made from. 16 hexadecimal digits.
 */
export function sqlFingerprint(sql: string): string {
  const form = sql
    .slice(0, mostCharacters)
    .replace(/'(?:[^'\\]|\\.|'')*'?|"(?:[^"\\]|\\.|"")*"?|\/\*[^]*?(?:\*\/|$)|(?:--\s|#)[^\n]*/g, literal)
    .replace(/\b0[xb][\da-f]+\b|(?<![\w$`])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?\b/gi, '?')
    .replace(/\b(?:null|true|false)\b/gi, '?')
    .replace(/\s+/g, ' ')
    .replace(/ ?([(),=?]) ?/g, '$1')
    .replace(/\?(?:,\?)+/g, '?')
    .replace(/\(\?\)(?:,\(\?\))+/g, '(?)')
    .trim()
    .toLowerCase()
  return createHash('sha256').update(form).digest('hex').slice(0, 16)
}

function literal(match: string): string {
  return match.startsWith("'") || match.startsWith('"') ? '?' : ' '
}
