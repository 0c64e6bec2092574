/** What Prisma knows of errors, as far as MySQL and MariaDB have them; its client makes its P codes of it. */
export type MappedError = (
  | { readonly kind: 'UniqueConstraintViolation'; readonly constraint?: Constraint; readonly table?: string }
  | { readonly kind: 'ForeignKeyConstraintViolation'; readonly constraint?: Constraint }
  | { readonly kind: 'NullConstraintViolation'; readonly constraint?: Constraint }
  | { readonly kind: 'ValueOutOfRange' | 'TooManyConnections'; readonly cause: string }
  | { readonly kind: 'DatabaseDoesNotExist'; readonly db?: string }
  | { readonly kind: 'DatabaseAlreadyExists'; readonly db?: string }
  | { readonly kind: 'DatabaseAccessDenied'; readonly db?: string }
  | { readonly kind: 'AuthenticationFailed'; readonly user?: string }
  | { readonly kind: 'TableDoesNotExist'; readonly table?: string }
  | { readonly kind: 'ColumnNotFound'; readonly column?: string }
  | { readonly kind: 'LengthMismatch'; readonly column?: string }
  | { readonly kind: 'InvalidIsolationLevel'; readonly level: string }
  | { readonly kind: 'MissingFullTextSearchIndex' }
  | { readonly kind: 'TransactionWriteConflict' }
  | { readonly kind: 'DatabaseNotReachable' }
  | { readonly kind: 'ConnectionClosed' }
  | { readonly kind: 'SocketTimeout' }
  | { readonly kind: 'mysql'; readonly code: number; readonly message: string; readonly state: string }
) & {
  /** The server's number as a text, or the code of the gate. */
  readonly originalCode?: string
  /** The server's own message, or the gate's. */
  readonly originalMessage?: string
}

/** What was violated, by its columns or by its name. */
export type Constraint = { readonly fields: string[] } | { readonly index: string }
