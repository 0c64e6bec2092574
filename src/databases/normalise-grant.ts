import { readGrantTokens, type GrantToken } from './grant-tokens.ts'

/**
 * A SHOW GRANTS line without its `IDENTIFIED BY PASSWORD '…'` or `IDENTIFIED VIA … USING '…' OR …`, and with its column
 * lists in order: MariaDB lists columns as its hash table happens to hold them.
 */
export function normaliseGrant(line: string): string {
  const tokens = withoutPassword(readGrantTokens(line))
  const open = tokens.findIndex((token) => token.text === '(')
  return join(open < 0 ? tokens : withSortedColumns(tokens))
}

const wordsAfterPassword: ReadonlySet<string> = new Set(['REQUIRE', 'WITH'])

function withoutPassword(tokens: readonly GrantToken[]): readonly GrantToken[] {
  const start = tokens.findIndex((token) => token.kind === 'word' && token.text === 'IDENTIFIED')
  if (start < 0) return tokens
  const end = tokens.findIndex((token, index) => index > start && wordsAfterPassword.has(token.text))
  return [...tokens.slice(0, start), ...(end < 0 ? [] : tokens.slice(end))]
}

function withSortedColumns(tokens: readonly GrantToken[]): readonly GrantToken[] {
  const open = tokens.findIndex((token) => token.text === '(')
  const close = tokens.findIndex((token, index) => index > open && token.text === ')')
  if (open < 0 || close < 0) return tokens
  const columns = tokens.slice(open + 1, close).filter((token) => token.kind !== 'mark')
  const sorted = columns.toSorted((a, b) => (a.value < b.value ? -1 : 1))
  const comma: GrantToken = { kind: 'mark', text: ',', value: ',' }
  const list = sorted.flatMap((column, index) => (index === 0 ? [column] : [comma, column]))
  return [
    ...tokens.slice(0, open + 1),
    ...list,
    ...tokens.slice(close, close + 1),
    ...withSortedColumns(tokens.slice(close + 1)),
  ]
}

function join(tokens: readonly GrantToken[]): string {
  return tokens
    .map(({ text }, index) => {
      const previous = tokens[index - 1]?.text ?? ''
      const tight = index === 0 || ['@', '.', ',', ')'].includes(text) || ['@', '.', '('].includes(previous)
      return tight ? text : ` ${text}`
    })
    .join('')
}
