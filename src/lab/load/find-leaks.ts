const signs: readonly (readonly [string, RegExp])[] = [
  ['sql', /\b(select\b.+\bfrom|insert\s+into|update\b.+\bset|delete\s+from|grant\b.+\bto)\b/is],
  [
    'database error',
    /\bER_[A-Z_]+|\bSQLSTATE\b|command denied|access denied|read[-_ ]only option|mysql|mariadb/i,
  ],
  ['stack trace', /\n?\s+at .+[:(]\d+:\d+\)?|node_modules|\bnode:internal/],
  [
    'address',
    /\b\d{1,3}(\.\d{1,3}){3}\b|\b(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+):\d{2,5}\b|ECONN[A-Z]+|jdbc:/i,
  ],
]

/** Kinds of things a refusal must not show to a user; never the things themselves. */
export function findLeaks(
  body: string,
  words: readonly string[],
  secrets: readonly string[],
): readonly string[] {
  const found = signs.filter(([, pattern]) => pattern.test(body)).map(([name]) => name)
  if (words.some((word) => word !== '' && body.includes(word))) found.push('name')
  if (secrets.some((secret) => secret !== '' && body.includes(secret))) found.push('secret')
  return found
}
