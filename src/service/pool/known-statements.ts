import { orAborted } from '../../core/deadline.ts'
import { methods, type RawConnection } from './driver.ts'

/** A statement that connections keep prepared, and how its rows are wanted: the driver keeps one for each way. */
export interface KnownStatement {
  readonly sql: string
  readonly rowsAsArray?: boolean
}

/** More than these would make opening a datasource long, and who has more of them has few that matter. */
const atMost = 50

/** What is prepared on any of the connections. */
export function knownStatements(connections: Iterable<RawConnection>): readonly KnownStatement[] {
  const found = new Map<string, KnownStatement>()
  for (const { _statements: kept } of connections) {
    for (const [key, { query }] of kept?.entries() ?? []) {
      const known = wantedBy(key.slice(0, key.length - query.length), query)
      if (known !== undefined) found.set(key, known)
      if (found.size === atMost) return [...found.values()]
    }
  }
  return [...found.values()]
}

/** `typeof nestTables/nestTables/rowsAsArray`, as the driver writes it before the text. Nested tables are left out. */
function wantedBy(rows: string, sql: string): KnownStatement | undefined {
  if (rows === 'undefined/undefined/undefined') return { sql }
  if (rows === 'undefined/undefined/true') return { sql, rowsAsArray: true }
  if (rows === 'undefined/undefined/false') return { sql, rowsAsArray: false }
  return undefined
}

/** Prepares them, so that their first use needs one way to the server and not two. What is refused comes again then. */
export async function prepareAhead(
  connection: RawConnection,
  statements: readonly KnownStatement[],
  signal: AbortSignal,
): Promise<void> {
  for (const statement of statements) {
    const prepared = new Promise<void>((resolve) => {
      methods.prepare.call(connection, statement, () => resolve())
    })
    await orAborted(prepared, signal)
  }
}
