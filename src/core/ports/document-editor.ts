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

/** A line that only one of two versions of a document has; secrets in it are masked. */
export interface DifferentLine {
  readonly sign: '-' | '+'
  /** Counted from 1, in the version that has it. */
  readonly line: number
  readonly text: string
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
  /**
   * What changes from one version to another, for people: a line whose value is masked is shown when it differs.
   * Masked are values of secret-looking keys, what addresses hold before an @ and in such parameters, comments that
   * speak of secrets, and every place where one of these texts stands again. A text that is not of the format, or has
   * none, shows its keys only. Control characters are made visible. Never throws.
   */
  describeDifference(
    before: string,
    after: string,
    format: DocumentFormat | undefined,
  ): readonly DifferentLine[]
  /** Parses `jdbc:mysql://…`, `jdbc:mariadb://…` and `mysql://…`. */
  parseAddress(url: string): DatabaseAddress
  /** The same address pointing elsewhere; scheme, parameters and their order kept. */
  withAddress(url: string, to: Partial<DatabaseAddress>): string
}
