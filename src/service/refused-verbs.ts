const lockingSelect = 'SELECT with locking clause'
const reads: ReadonlySet<string> = new Set(['SELECT', 'SHOW VIEW', 'SHOW', 'REFERENCES', 'USAGE'])

/**
 * Did error 1142 or 1143 refuse a write? Its message starts with the refused verbs. `SELECT` alone is a missing
 * grant; `SELECT with locking clause` is how MySQL refuses SELECT … FOR UPDATE, which is a write to a fence.
 */
export function refusedAWrite(message: string): boolean {
  const match =
    /(SELECT with locking clause|[A-Z]+(?: [A-Z]+)*(?:, ?[A-Z]+(?: [A-Z]+)*)*) command denied/.exec(message)
  const verbs = match?.[1]
  if (verbs === undefined) return false
  if (verbs === lockingSelect) return true
  return verbs.split(/, ?/).some((verb) => !reads.has(verb))
}

/** Does error 1290 name a read-only option? The same number stands for every other option as well. */
export function namesReadOnlyOption(message: string): boolean {
  return /--(?:super[-_])?read[-_]only(?![-_\w])/.test(message)
}
