import type { TableSet } from '../refs.ts'

export interface TableComparison {
  readonly schema: string
  readonly table: string
  readonly sourceRows: number
  readonly targetRows: number
  readonly missingInTarget: number
  readonly extraInTarget: number
  readonly different: number
  /** Keys of the first differing rows, at most 20, as `column=value` text. */
  readonly examples: readonly string[]
}

export interface Comparison {
  readonly equal: boolean
  readonly tables: readonly TableComparison[]
  readonly rowsCompared: number
}

/** Compares rows of two servers, exactly: every row, every column. */
export interface RowComparer {
  compare(
    request: {
      /** Names of the databases in the playbook. */
      readonly source: string
      readonly target: string
      readonly tables: readonly TableSet[]
    },
    signal: AbortSignal,
  ): Promise<Comparison>
}
