import type { RunningDatabase } from './running-database.ts'
import { CutoverError } from '../../core/errors.ts'

/** Statements for a server of the lab, in order. */
export type Statements = Iterable<string>

/**
 * Runs statements as root in one session that writes nothing to the binary log unless `logged` is set.
 *
 * @throws `system.refused` with the server's error number; the statement is not repeated, it may hold a password.
 */
export async function runAsRoot(
  database: Pick<RunningDatabase, 'root' | 'host' | 'port'>,
  statements: Statements,
  options: { readonly signal: AbortSignal; readonly logged?: boolean },
): Promise<void> {
  const connection = await database.root()
  const interrupt = (): void => connection.destroy()
  options.signal.addEventListener('abort', interrupt, { once: true })
  try {
    if (options.logged !== true) await connection.query('SET SESSION sql_log_bin = 0')
    for (const statement of statements) {
      options.signal.throwIfAborted()
      await connection.query(statement)
    }
  } catch (error) {
    options.signal.throwIfAborted()
    throw refusal(error, `${database.host}:${database.port}`)
  } finally {
    options.signal.removeEventListener('abort', interrupt)
    await connection.end().catch(() => connection.destroy())
  }
}

function refusal(error: unknown, where: string): CutoverError {
  const { code, errno } = error as { code?: unknown; errno?: unknown }
  return new CutoverError(
    'system.refused',
    `the server refused a set-up statement (${String(code)} ${String(errno)})`,
    {
      where,
    },
  )
}
