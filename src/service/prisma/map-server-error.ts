import type { Constraint, MappedError } from './mapped-error.ts'

/** What an error of the server is called by Prisma. By its number; names are taken out of the server's message. */
export function mapServerError(errno: number, message: string, sqlState: string): MappedError {
  const mapped = kinds[errno]?.(message) ?? { kind: 'mysql', code: errno, message, state: sqlState }
  return { ...mapped, originalCode: String(errno), originalMessage: message }
}

const duplicate = (message: string): MappedError => {
  const [, table, index] = / for key '(?:([^']+)\.)?([^.']+)'$/.exec(message) ?? []
  return {
    kind: 'UniqueConstraintViolation',
    ...(index !== undefined && { constraint: { index } }),
    // MariaDB does not say it.
    ...(table !== undefined && { table }),
  }
}

const foreignKey = (message: string): MappedError => {
  const columns = / FOREIGN KEY \(`(.+?)`\) REFERENCES /.exec(message)?.[1]
  return {
    kind: 'ForeignKeyConstraintViolation',
    ...(columns !== undefined && { constraint: { fields: columns.split('`, `') } }),
  }
}

const missingValue = (message: string): MappedError => {
  const field = quoted(message)
  const constraint: Constraint | undefined = field === undefined ? undefined : { fields: [field] }
  return { kind: 'NullConstraintViolation', ...(constraint !== undefined && { constraint }) }
}

const kinds: Readonly<Record<number, (message: string) => MappedError>> = {
  1007: (message) => ({ kind: 'DatabaseAlreadyExists', ...named('db', quoted(message)) }),
  1040: (cause) => ({ kind: 'TooManyConnections', cause }),
  1044: (message) => ({ kind: 'DatabaseAccessDenied', ...named('db', lastQuoted(message)) }),
  1045: (message) => ({ kind: 'AuthenticationFailed', ...named('user', quoted(message)) }),
  1048: missingValue,
  1049: (message) => ({ kind: 'DatabaseDoesNotExist', ...named('db', quoted(message)) }),
  1054: (message) => ({ kind: 'ColumnNotFound', ...named('column', quoted(message)) }),
  1062: duplicate,
  1146: (message) => ({ kind: 'TableDoesNotExist', ...named('table', quoted(message)?.split('.').at(-1)) }),
  1191: () => ({ kind: 'MissingFullTextSearchIndex' }),
  1203: (cause) => ({ kind: 'TooManyConnections', cause }),
  1213: () => ({ kind: 'TransactionWriteConflict' }),
  // Without a right on the other table the server names no column.
  1216: foreignKey,
  1217: foreignKey,
  1263: missingValue,
  1264: (cause) => ({ kind: 'ValueOutOfRange', cause }),
  1364: missingValue,
  1406: (message) => ({ kind: 'LengthMismatch', ...named('column', quoted(message)) }),
  1451: foreignKey,
  1452: foreignKey,
  1586: duplicate,
}

function quoted(message: string): string | undefined {
  return /'([^']+)'/.exec(message)?.[1]
}

function lastQuoted(message: string): string | undefined {
  return /'([^']+)'[^']*$/.exec(message)?.[1]
}

function named<Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: string }
}
