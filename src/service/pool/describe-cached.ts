import type { StatementTraits } from '../sql/statement-traits.ts'

const longest = 2000
const most = 1000

/**
 * Remembers what was said about a text: services send the same few texts, with placeholders, over and over. Long texts
 * and what would be too many are looked at each time.
 */
export function describeCached(describe: (sql: string) => StatementTraits): (sql: string) => StatementTraits {
  const known = new Map<string, StatementTraits>()
  return (sql) => {
    const found = known.get(sql)
    if (found !== undefined) return found
    const traits = describe(sql)
    if (sql.length > longest) return traits
    // Values written into the text would fill it with what never comes again.
    if (known.size >= most) known.clear()
    known.set(sql, traits)
    return traits
  }
}
