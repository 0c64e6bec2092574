import { createConnection, type Connection } from 'mysql2/promise'
import { CutoverError } from '../../core/errors.ts'

const connectWithinMs = 10_000

/**
 * A session as root through the server's socket, which only the owner of its directory can reach.
 *
 * @throws `system.unreachable` with the driver's code and nothing else of its error.
 */
export async function connectAsRoot(socket: string): Promise<Connection> {
  try {
    return await createConnection({
      socketPath: socket,
      user: 'root',
      connectTimeout: connectWithinMs,
      charset: 'utf8mb4',
      timezone: 'Z',
      supportBigNumbers: true,
      bigNumberStrings: true,
      decimalNumbers: false,
      dateStrings: true,
    })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error'
    throw new CutoverError('system.unreachable', `no session through ${socket} (${code})`)
  }
}
