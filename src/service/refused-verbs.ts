const lockingSelect = 'SELECT with locking clause'
const writes: ReadonlySet<string> = new Set([
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'DROP',
  'ALTER',
  'INDEX',
  'TRIGGER',
])

/**
 * Did error 1142 or 1143 refuse a write? Its message names the refused verbs in front of the account, in whatever
 * language the server speaks. `SELECT` among them is a missing grant; `SELECT with locking clause` is how MySQL refuses
 * SELECT … FOR UPDATE, which is a write to a fence.
 */
export function refusedAWrite(message: string): boolean {
  const verbs = /^(.{0,200}?)(?: command denied|'[^']{0,100}'@')/s.exec(message)?.[1]
  if (verbs === undefined) return false
  if (verbs.includes(lockingSelect)) return true
  const words: readonly string[] = verbs.match(/\b[A-Z]{3,}\b/g) ?? []
  return !words.includes('SELECT') && words.some((word) => writes.has(word))
}

/** Does error 1290 name a read-only option? The same number stands for every other option as well. */
export function namesReadOnlyOption(message: string): boolean {
  return /--(?:super[-_])?read[-_]only(?![-_\w])/.test(message)
}
