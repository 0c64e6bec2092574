import { createHash } from 'node:crypto'
import type { Connection as DriverConnection, RowDataPacket } from 'mysql2/promise'
import { orAborted } from '../core/deadline.ts'
import type { ServerIdentity } from '../core/ports/database-server.ts'
import { serverError } from './server-error.ts'
import type { ServerAddress } from './server-address.ts'

// SHOW VARIABLES answers for names that the server does not have; SELECT @@name fails for them.
const identityVariables =
  "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version','version_comment','server_uuid','server_uid','hostname','port','datadir')"

/** Which product answers, its version, and which server it is. */
export async function identify(
  connection: DriverConnection,
  address: ServerAddress,
  signal: AbortSignal,
): Promise<ServerIdentity> {
  try {
    const [rows] = await orAborted(connection.query<RowDataPacket[]>(identityVariables), signal)
    return readIdentity(
      new Map(rows.map((row) => [String(row['Variable_name']), String(row['Value'])])),
      address,
    )
  } catch (error) {
    signal.throwIfAborted()
    throw serverError(error, address, 'read who it is')
  }
}

function readIdentity(variables: ReadonlyMap<string, string>, address: ServerAddress): ServerIdentity {
  const version = variables.get('version') ?? ''
  const flavour = /mariadb/i.test(version + (variables.get('version_comment') ?? '')) ? 'mariadb' : 'mysql'
  const serverUuid = variables.get('server_uuid') ?? hashIdentity(variables)
  return { flavour, version, serverUuid, host: address.host, port: address.port }
}

/** MariaDB has no server_uuid; its server_uid is made of the network card and the port, which containers may share. */
function hashIdentity(variables: ReadonlyMap<string, string>): string {
  const parts = ['server_uid', 'hostname', 'port', 'datadir'].map((name) => variables.get(name) ?? '')
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32)
}

/** `major.minor.patch` as one number, 9.7.4 → 90704. */
export function versionNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = (/^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number)
  return major * 10_000 + minor * 100 + patch
}
