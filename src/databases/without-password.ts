import { readGrantTokens } from './grant-tokens.ts'

const firstWordsAfter = new Set(['REQUIRE', 'WITH'])

/** A SHOW GRANTS line without its `IDENTIFIED BY PASSWORD '…'` or `IDENTIFIED VIA … USING '…' OR …`. */
export function withoutPassword(line: string): string {
  const tokens = readGrantTokens(line)
  const start = tokens.findIndex((token) => token.kind === 'word' && token.text === 'IDENTIFIED')
  if (start < 0) return line
  const end = tokens.findIndex((token, index) => index > start && firstWordsAfter.has(token.text))
  const before = tokens.slice(0, start)
  const after = end < 0 ? [] : tokens.slice(end)
  return `${join(before)}${after.length > 0 ? ' ' : ''}${join(after)}`
}

function join(tokens: readonly { readonly text: string }[]): string {
  return tokens
    .map(({ text }, index) => {
      const previous = tokens[index - 1]?.text ?? ''
      const tight = index === 0 || ['@', '.', ',', ')'].includes(text) || ['@', '.', '('].includes(previous)
      return tight ? text : ` ${text}`
    })
    .join('')
}
