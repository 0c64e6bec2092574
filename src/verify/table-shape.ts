/** A column as one server describes it. */
export interface ColumnShape {
  readonly name: string
  /** information_schema's DATA_TYPE in lower case: int, varchar, json … */
  readonly dataType: string
  /** The full type in lower case: int(10) unsigned, enum('a','b') … */
  readonly columnType: string
  /** null: not text. */
  readonly charset: string | null
  readonly collation: string | null
  readonly nullable: boolean
  /** Computed when read and stored nowhere: there is nothing to move. */
  readonly virtual: boolean
}

/** A base table as one server describes it. */
export interface TableShape {
  readonly schema: string
  readonly table: string
  readonly columns: readonly ColumnShape[]
  /** Columns of the primary key in its order; empty without one. */
  readonly key: readonly string[]
  /** True: the key holds only the first bytes of a column, so it does not order the whole value. */
  readonly prefixKey: boolean
}

/** A column both servers have, with what decides how to compare it. */
export interface PairedColumn {
  readonly name: string
  readonly source: ColumnShape
  readonly target: ColumnShape
}

/** A table both servers have. */
export interface PairedTable {
  readonly schema: string
  readonly table: string
  /** Stored columns in the source's order. */
  readonly columns: readonly PairedColumn[]
  /** The primary key when both servers order it alike; empty: compare as a heap of rows. */
  readonly key: readonly PairedColumn[]
}
