import { textOf, type ConnectForCompare, type Side } from './compare-connection.ts'

/**
 * Opens a session in which values read the same on every server (UTC, utf8mb4, no sql_mode), inside one consistent
 * snapshot: all tables are seen as of one moment.
 */
export async function openSide(
  connect: ConnectForCompare,
  name: string,
  signal: AbortSignal,
): Promise<Side & AsyncDisposable> {
  const connection = await connect(name, signal)
  try {
    const [row = {}] = await connection.query('SELECT VERSION() AS version', [], signal)
    await connection.query('SET NAMES utf8mb4', [], signal)
    await connection.query(`SET SESSION time_zone = '+00:00', SESSION sql_mode = ''`, [], signal)
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ', [], signal)
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY', [], signal)
    const flavour = /mariadb/i.test(textOf(row, 'version') ?? '') ? 'mariadb' : 'mysql'
    return { name, flavour, connection, [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose]() }
  } catch (error) {
    await connection[Symbol.asyncDispose]()
    throw error
  }
}
