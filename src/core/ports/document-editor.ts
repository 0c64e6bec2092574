export type DocumentFormat = 'yaml' | 'properties' | 'json'

export interface Edit {
  /** Dotted path of a scalar, as Spring writes it: `spring.datasource.url`. */
  readonly path: string
  readonly value: string
}

export interface EditedDocument {
  readonly content: string
  /** The decoded values before, in the order of the edits. May hold secrets: mask before showing. */
  readonly before: readonly string[]
}

/** Where a MySQL address points. */
export interface DatabaseAddress {
  readonly host: string
  readonly port: number
  readonly schema: string
}

/** Edits values inside documents without touching any other byte. Pure; errors are `system.refused` with the place. */
export interface DocumentEditor {
  formatOf(dataId: string): DocumentFormat | undefined
  /** The decoded value at a path; undefined when it is not there. */
  read(content: string, format: DocumentFormat, path: string): string | undefined
  /**
   * Replaces exactly the values' bytes. Refuses values it would destroy: placeholders, encrypted values, anchors,
   * duplicate keys, values that are not scalars. Re-reads the result and proves that nothing else changed.
   */
  edit(content: string, format: DocumentFormat, edits: readonly Edit[]): EditedDocument
  /** Parses `jdbc:mysql://…`, `jdbc:mariadb://…` and `mysql://…`. */
  parseAddress(url: string): DatabaseAddress
  /** The same address pointing elsewhere; scheme, parameters and their order kept. */
  withAddress(url: string, to: Partial<DatabaseAddress>): string
}
