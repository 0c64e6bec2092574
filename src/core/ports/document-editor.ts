import type { Secret } from '../secret.ts'

export type DocumentFormat = 'yaml' | 'properties' | 'json' | 'toml'

/**
 * Which of several documents in one text, those that `---` parts: its number from 1, or a profile that is named in its
 * `spring.config.activate.on-profile` or `spring.profiles`.
 */
export type DocumentChoice = number | string

export interface Edit {
  /** Dotted path of a scalar, as Spring writes it: `spring.datasource.url`. */
  readonly path: string
  readonly value: string
  /** Left out: the path has to stand in one document only. */
  readonly document?: DocumentChoice | undefined
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

/** Paths at which a datasource stands. The same path as the url: the address itself holds it. */
export interface DatasourceFields {
  readonly url: string
  readonly user: string
  readonly password: string
  /** Left out: each path has to stand in one document only. */
  readonly document?: DocumentChoice | undefined
}

export interface FoundDatasource {
  /** `host:port/schema`, several servers separated by commas; no credentials, no parameters. */
  readonly title: string
  /** Undefined when the address names several servers. */
  readonly address: DatabaseAddress | undefined
  readonly user: string
  readonly password: Secret
}

/** What a document is to say. */
export interface DatasourceEdit {
  readonly host: string
  readonly port: number
  /** Left out: the schema stays. */
  readonly schema?: string | undefined
  /**
   * The whole new address, for what cannot be pointed elsewhere: several servers. It has to name host and port, and
   * must hold no credentials. Left out: the present one, pointed elsewhere.
   */
  readonly url?: string | undefined
  readonly user: string
  readonly password: string
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
  read(content: string, format: DocumentFormat, path: string, document?: DocumentChoice): string | undefined
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
  /** Reads a datasource. Placeholders that name another key of the same document are followed. */
  readDatasource(content: string, format: DocumentFormat, fields: DatasourceFields): FoundDatasource
  /**
   * The document's text with another datasource; the same text when it says so already. Where a placeholder names
   * another key of the same document, that key changes, unless something else uses it too.
   */
  editDatasource(
    content: string,
    format: DocumentFormat,
    fields: DatasourceFields,
    to: DatasourceEdit,
  ): string
  /** Parses `jdbc:mysql://…`, `mysql://…` and their like, of one server and without credentials. */
  parseAddress(url: string): DatabaseAddress
  /** The same address pointing elsewhere; scheme, parameters and their order kept. */
  withAddress(url: string, to: Partial<DatabaseAddress>): string
}
