/** One statement and, for messages, what it does in words. Values are bound by the driver. */
export interface Statement {
  /** Completes "could not …": `read its sessions`. */
  readonly doing: string
  readonly sql: string
  readonly values?: readonly unknown[]
  /** The right that the kit's account needs for it, for the hint when it is refused. */
  readonly needs?: string
  /** Error numbers that only say that there is nothing to do or to see; the answer is then empty. */
  readonly fine?: readonly number[]
  /** Sees the number of any other error; true: the caller has dealt with it, the answer is empty. */
  readonly onError?: (errno: number) => boolean
}

/** Large numbers and times come as text. */
export type Row = Readonly<Record<string, string | number | null>>
