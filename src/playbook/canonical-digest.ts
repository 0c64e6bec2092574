import { createHash } from 'node:crypto'

/** SHA-256 of plain data, hexadecimal; the order of keys does not matter. */
export function canonicalDigest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`
  }
  // JSON has no word for infinity and "not a number"; both would turn into null.
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}
