import type { Connection as DriverConnection } from 'mysql2/promise'
import { orAborted } from '../core/deadline.ts'
import { serverError } from './server-error.ts'
import type { ServerAddress } from './server-address.ts'

/**
 * What this session writes shall neither move the server's position nor replicate. False: the account may not have
 * that, as on many managed servers.
 */
export async function keepOutOfLog(
  connection: DriverConnection,
  address: ServerAddress,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await orAborted(connection.query('SET SESSION sql_log_bin = 0'), signal)
    return true
  } catch (error) {
    signal.throwIfAborted()
    const rebuilt = serverError(error, address, 'keep its own writes out of the log')
    if (rebuilt.code === 'system.forbidden') return false
    throw rebuilt
  }
}
