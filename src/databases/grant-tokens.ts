/** A piece of a SHOW GRANTS line. */
export interface GrantToken {
  readonly kind: 'word' | 'quoted' | 'mark'
  /** As written. */
  readonly text: string
  /** Without quotes. */
  readonly value: string
}

const pattern = /`((?:[^`]|``)*)`|'((?:[^'\\]|''|\\[\s\S])*)'|"((?:[^"]|"")*)"|([^\s`'"(),.@]+)|([(),.@])/g

/** Splits a line of SHOW GRANTS; quotes of all three kinds are understood. */
export function readGrantTokens(line: string): readonly GrantToken[] {
  return [...line.matchAll(pattern)].map((match) => {
    const [text = '', back, single, double, word] = match
    if (word !== undefined) return { kind: 'word', text, value: word }
    if (back !== undefined) return { kind: 'quoted', text, value: back.replaceAll('``', '`') }
    if (double !== undefined) return { kind: 'quoted', text, value: double.replaceAll('""', '"') }
    if (single !== undefined) return { kind: 'quoted', text, value: single.replaceAll("''", "'") }
    return { kind: 'mark', text, value: text }
  })
}
