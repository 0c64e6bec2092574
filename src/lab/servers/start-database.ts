import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CutoverError, toCutoverError } from '../../core/errors.ts'
import { silentLog, type Log } from '../../core/ports/log.ts'
import { createAdmin } from './create-admin.ts'
import { findDatabaseBinary } from './find-database-binary.ts'
import { findFreePort } from './find-free-port.ts'
import { initialiseData } from './initialise-data.ts'
import { LabDatabase } from './lab-database.ts'
import type { RunningDatabase } from './running-database.ts'
import type { ServerEngine } from './server-engine.ts'

export interface StartDatabaseOptions {
  readonly engine: ServerEngine
  /** Made when missing; removed when the server is disposed of. */
  readonly directory: string
  /** Different for every server that replicates with another. */
  readonly serverId: number
  /** The server program. Default: what findDatabaseBinary finds. */
  readonly binary?: string
  /** Schemas that replication to this server takes over. Default: everything. */
  readonly replicatedSchemas?: readonly string[]
  /** Schemas that the kit's account may read, write and give rights on. Default: none. */
  readonly movedSchemas?: readonly string[]
  /** Further options of the server program. */
  readonly extra?: readonly string[]
  readonly signal?: AbortSignal
  /** Leave the data behind, for a look at it. Default: false. */
  readonly keep?: boolean
  readonly log?: Log
}

const portAttempts = 5
// A Unix socket's path is cut off beyond this.
const longestSocketPath = 100

/**
 * Starts a throw-away server on a private data directory and a free port of 127.0.0.1, and creates the kit's account.
 *
 * @throws `usage` when no server program can be had; `system.unreachable` when it does not come up; the signal's
 * reason when it fires. Nothing is left behind then.
 */
export async function startDatabase(options: StartDatabaseOptions): Promise<RunningDatabase> {
  const signal = options.signal ?? new AbortController().signal
  const log = options.log ?? silentLog
  const socket = join(options.directory, 'socket')
  if (socket.length > longestSocketPath) {
    throw new CutoverError('usage', `the directory name ${options.directory} is too long for a socket`, {
      hint: 'Set TMPDIR to a shorter path.',
    })
  }
  const binary = options.binary ?? (await findDatabaseBinary(options.engine, { signal }))
  await mkdir(options.directory, { recursive: true, mode: 0o700 })
  const database = new LabDatabase({
    ...options,
    binary,
    socket,
    replicatedSchemas: options.replicatedSchemas ?? [],
  })
  try {
    await initialiseData(options.engine, binary, database.dataDirectory, signal)
    await startOnFreePort(database, signal)
    await createAdmin(database, options.movedSchemas ?? [], signal)
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
  log.info({ engine: options.engine, port: database.port, pid: database.pid }, 'database started')
  return database
}

async function startOnFreePort(database: LabDatabase, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    database.port = await findFreePort()
    try {
      return await database.start(signal)
    } catch (error) {
      // Another lab took the port between our look and the server's.
      if (toCutoverError(error).code !== 'conflict' || attempt === portAttempts) throw error
    }
  }
}
