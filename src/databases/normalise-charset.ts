/** Old servers say `utf8` for what is `utf8mb3`: one name for a character set or collation. */
export function normaliseCharset(name: string): string {
  return name.replace(/^utf8(?=$|_)/, 'utf8mb3')
}
