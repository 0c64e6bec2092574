import { createConnection, type Connection as DriverConnection } from 'mysql2/promise'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import type { Secret } from '../core/secret.ts'
import { orAborted } from '../core/deadline.ts'
import { serverError } from './server-error.ts'
import { addressOf } from './server-address.ts'

/** Who logs in, and to what. */
export interface Login {
  readonly user: string
  readonly password: Secret
  /** Default schema of the session. */
  readonly schema?: string
}

/** Longest wait for a TCP connection and the login, milliseconds. */
const connectTimeoutMs = 5_000

/**
 * Opens one session of the driver. Its errors are the driver's: {@link connectAsRunner} and the callers rebuild them.
 * Large numbers and times come as text, so that nothing is rounded.
 */
export async function openDriverConnection(
  spec: DatabaseSpec,
  login: Login,
  signal: AbortSignal,
): Promise<DriverConnection> {
  const opening = createConnection({
    host: spec.host,
    port: spec.port,
    user: login.user,
    password: login.password.reveal(),
    ...(login.schema === undefined ? {} : { database: login.schema }),
    ...(spec.tls === 'off' ? {} : { ssl: { rejectUnauthorized: spec.tls === 'verify' } }),
    charset: 'utf8mb4',
    connectTimeout: connectTimeoutMs,
    connectAttributes: { program_name: 'cutover-kit' },
    dateStrings: true,
    supportBigNumbers: true,
    multipleStatements: false,
  })
  try {
    return await orAborted(opening, signal)
  } catch (error) {
    // A login that ends after we stopped waiting must not stay open.
    opening.then((late) => late.destroy()).catch(() => undefined)
    throw error
  }
}

/** Opens a session as the kit's own account. @throws CutoverError, or the signal's reason. */
export async function connectAsRunner(
  name: string,
  spec: DatabaseSpec,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<DriverConnection> {
  const password = await orAborted(secrets.resolve(spec.password, signal), signal)
  let connection: DriverConnection | undefined
  try {
    connection = await openDriverConnection(spec, { user: spec.user, password }, signal)
    // The kit quotes for this mode: no ANSI_QUOTES, no NO_BACKSLASH_ESCAPES.
    const prepared = connection.query("SET SESSION sql_mode = 'STRICT_TRANS_TABLES', time_zone = '+00:00'")
    await orAborted(prepared, signal)
    return connection
  } catch (error) {
    connection?.destroy()
    signal.throwIfAborted()
    throw serverError(error, addressOf(name, spec), 'open a session')
  }
}
