/** Privileges that change rows or definitions of tables, per level at which they can be granted. */
const rowWrites = ['INSERT', 'UPDATE', 'DELETE'] as const
const tableWrites = [
  ...rowWrites,
  'CREATE',
  'DROP',
  'ALTER',
  'INDEX',
  'TRIGGER',
  'CREATE VIEW',
  'DELETE HISTORY',
]
// EXECUTE: a routine may write with its definer's rights.
const schemaWrites = [...tableWrites, 'EXECUTE', 'EVENT', 'CREATE ROUTINE', 'ALTER ROUTINE']
const routineWrites = ['EXECUTE', 'ALTER ROUTINE']

/** Older MariaDB versions call it by its first name. */
const oldNames: Readonly<Record<string, string>> = { 'DELETE VERSIONING ROWS': 'DELETE HISTORY' }

const writesByLevel: Readonly<Record<GrantLevel, readonly string[]>> = {
  global: schemaWrites,
  schema: schemaWrites,
  table: tableWrites,
  routine: routineWrites,
}

export type GrantLevel = 'global' | 'schema' | 'table' | 'routine'

/** True for a privilege that can change rows or definitions, `ALL PRIVILEGES` included. */
export function isWrite(privilege: string, level: GrantLevel): boolean {
  return privilege === 'ALL PRIVILEGES' || writesByLevel[level].includes(oldNames[privilege] ?? privilege)
}

/** What `ALL PRIVILEGES` means here for REVOKE: only privileges that the server knows may be named. */
export function allWrites(level: GrantLevel, flavour: 'mysql' | 'mariadb'): readonly string[] {
  const writes = writesByLevel[level]
  return flavour === 'mariadb' ? writes : writes.filter((name) => name !== 'DELETE HISTORY')
}
