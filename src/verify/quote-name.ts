/** The one way a schema, table or column name gets into SQL of this room. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** A table's full name, quoted. */
export function quoteTable(at: { readonly schema: string; readonly table: string }): string {
  return `${quoteName(at.schema)}.${quoteName(at.table)}`
}
