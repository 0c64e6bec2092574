import type { Row } from './statement.ts'
import { normaliseCharset } from './normalise-charset.ts'

/**
 * A column as one line that is the same text on MySQL and MariaDB, and across their versions, when it means the same:
 * display widths of integers are dropped, defaults are unquoted, `current_timestamp()` has one spelling.
 */
export function describeColumn(row: Row): string {
  const type = normaliseType(String(row['type']))
  const parts = [String(row['col']), type, row['nullable'] === 'YES' ? 'null' : 'not null']
  if (row['collation'] !== null) parts.push(`collate ${normaliseCharset(String(row['collation']))}`)
  const fallback = normaliseDefault(row['def'])
  if (fallback !== undefined) parts.push(`default ${fallback}`)
  const extra = normaliseExtra(String(row['extra'] ?? ''))
  if (extra !== '') parts.push(extra)
  const expression = String(row['expression'] ?? '')
  if (expression !== '') parts.push(`as (${expression.replaceAll('`', '')})`)
  return parts.join(' ')
}

function normaliseType(type: string): string {
  const lower = type.toLowerCase()
  // tinyint(1) stays: drivers read it as a boolean. zerofill stays: its width is visible in the data.
  if (lower.includes('zerofill') || lower.startsWith('tinyint(1)')) return lower
  return lower
    .replace(/^((?:tiny|small|medium|big)?int|year)\(\d+\)/, '$1')
    .replace(/^(enum|set)\(.*/s, () => type)
}

function normaliseDefault(value: string | number | null | undefined): string | undefined {
  if (value === null || value === undefined) return undefined
  const text = String(value)
  // MariaDB writes a missing default of a nullable column as the word NULL, and quotes text.
  if (text === 'NULL') return undefined
  const quoted = /^'([\s\S]*)'$/.exec(text)
  return normaliseTime(quoted?.[1] === undefined ? text : quoted[1].replaceAll("''", "'"))
}

function normaliseExtra(extra: string): string {
  return normaliseTime(extra.toLowerCase().replace('default_generated', '').trim()).toLowerCase()
}

function normaliseTime(text: string): string {
  return text.replace(/current_timestamp(\(\))?(?!\()/gi, 'CURRENT_TIMESTAMP')
}
