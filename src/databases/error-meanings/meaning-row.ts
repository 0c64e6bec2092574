/** What an error says about the unit of work it ended. */
export type ErrorClass =
  /** The statement did nothing. A transaction that was open before it stays open. */
  | 'rejected'
  /** The statement did nothing and the server has already rolled the whole transaction back. */
  | 'rejected-and-rolled-back'
  /** The statement did nothing, its transaction is still open; the caller must roll back. */
  | 'statement-rejected'
  /** The statement may or may not have taken effect. */
  | 'unknown'
  /** A defect or a rule of the data; has nothing to do with a cutover. */
  | 'bug'
  /** The server is short of something; nothing was done and trying again later is reasonable. */
  | 'capacity'

export type Flavour = 'mysql' | 'mariadb'

/** One row: what one number means. All of it presupposes transactional tables. */
export interface ErrorMeaning {
  readonly errno: number
  /** The server's own name of the error. */
  readonly symbol: string
  /** `both` only when the number means the same on MySQL and MariaDB. */
  readonly flavour: 'both' | Flavour
  readonly sqlState: string
  readonly class: ErrorClass
  /** When the server answers with it, for people. */
  readonly when: string
  /**
   * Can a fence cause it? `by-option`: only when the message names `--read-only` or `--super-read-only`.
   * `by-verb`: only when the refused verb in the message is a write (see `SELECT with locking clause`).
   */
  readonly refusesWrites: boolean | 'by-option' | 'by-verb'
  /** The row holds only for messages with these words; any other message under this number is a bug. */
  readonly onlyWith?: string
  /** It answers a login. The class it has when it answers a statement instead. */
  readonly asStatement?: 'bug' | 'unknown'
  /** The session is over, and with it its transaction. */
  readonly endsSession?: true
  /** What became of the transaction whose COMMIT was answered so. Absent: not known, so the outcome is unknown. */
  readonly onCommit?: 'rolled-back' | 'still-open'
  readonly source: ErrorSource
}

/** How a row is known. */
export interface ErrorSource {
  /** A test causes it on a real server of each of these (MySQL 9.7, MariaDB 10.11) and checks the class and the data. */
  readonly provokedOn: readonly Flavour[]
  /** What else it rests on, and why it is not provoked where it is not. Empty when there is nothing to add. */
  readonly basis: string
}

type Optional = 'onlyWith' | 'asStatement' | 'endsSession' | 'onCommit'

/** A row as it is written down: what is left out is the usual case. */
export interface MeaningRow extends Pick<ErrorMeaning, 'errno' | 'symbol' | 'when' | Optional> {
  /** Default `both`. */
  readonly flavour?: Flavour
  /** Default HY000. */
  readonly sqlState?: string
  /** Default false. */
  readonly refusesWrites?: ErrorMeaning['refusesWrites']
  /** Default: on every engine that has the number. */
  readonly provokedOn?: readonly Flavour[]
  readonly basis?: string
}

/** For rows that no test causes. */
export const nowhere: readonly Flavour[] = []

export function meaningsOfClass(errorClass: ErrorClass, rows: readonly MeaningRow[]): ErrorMeaning[] {
  return rows.map(({ flavour, sqlState, refusesWrites, provokedOn, basis, ...row }) =>
    Object.freeze({
      ...row,
      class: errorClass,
      flavour: flavour ?? 'both',
      sqlState: sqlState ?? 'HY000',
      refusesWrites: refusesWrites ?? false,
      source: Object.freeze({
        provokedOn: provokedOn ?? (flavour === undefined ? (['mysql', 'mariadb'] as const) : [flavour]),
        basis: basis ?? '',
      }),
    }),
  )
}
