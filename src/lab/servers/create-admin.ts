import { hostname } from 'node:os'
import { escape } from 'mysql2'
import { adminGrants } from './admin-grants.ts'
import { createAccountStatements } from './create-account.ts'
import { runAsRoot } from './run-as-root.ts'
import type { RunningDatabase } from './running-database.ts'

/**
 * Creates the kit's account. Not written to the binary log: accounts belong to one server.
 * Root keeps no password: it exists for the socket only, which the owner of the directory alone can reach.
 */
export async function createAdmin(
  database: RunningDatabase,
  movedSchemas: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { user, password } = database.admin
  const grants = adminGrants(database.engine, movedSchemas)
  await runAsRoot(database, [...removeRemoteRoots, ...createAccountStatements(user, password, grants)], {
    signal,
  })
}

// MariaDB's initialisation makes a root for every name of the machine.
const removeRemoteRoots = [
  `DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1', 'root'@${escape(hostname())}, ''@'localhost'`,
]
