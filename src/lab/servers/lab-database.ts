import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection } from 'mysql2/promise'
import { adminUser } from './admin-grants.ts'
import { connectAsRoot } from './connect-as-root.ts'
import { LabServer, type LabServerKind } from './lab-server.ts'
import { randomPassword } from './random-password.ts'
import type { RunningDatabase } from './running-database.ts'
import { engineNames, type ServerEngine } from './server-engine.ts'
import { serverOptions } from './server-options.ts'
import type { ServerProcess } from './server-process.ts'

export interface LabDatabaseOptions {
  readonly engine: ServerEngine
  readonly directory: string
  readonly binary: string
  readonly socket: string
  readonly serverId: number
  readonly replicatedSchemas: readonly string[]
  readonly extra?: readonly string[]
  readonly keep?: boolean
}

/** One database server. `startDatabase` makes it ready for use. */
export class LabDatabase extends LabServer implements RunningDatabase {
  readonly engine: ServerEngine
  readonly host = '127.0.0.1'
  readonly dataDirectory: string
  readonly socket: string
  readonly admin: RunningDatabase['admin']
  readonly #options: LabDatabaseOptions

  constructor(options: LabDatabaseOptions) {
    super(kindOf(options.engine), options.directory, options.keep === true)
    this.#options = options
    this.engine = options.engine
    this.dataDirectory = join(options.directory, 'data')
    this.socket = options.socket
    this.admin = { user: adminUser, password: randomPassword(`${options.engine} ${adminUser}`) }
  }

  root(): Promise<Connection> {
    return connectAsRoot(this.socket)
  }

  protected async startProgram(): Promise<ServerProcess> {
    // A crash leaves the old socket behind; the next server would mistake it for a live one.
    await rm(this.socket, { force: true })
    await mkdir(this.#temporaryDirectory, { recursive: true, mode: 0o700 })
    return this.run(this.#options.binary, this.#arguments())
  }

  protected async isReady(): Promise<boolean> {
    try {
      const connection = await this.root()
      await connection.end()
      return true
    } catch {
      // Not listening yet, or still refusing; whoever waits has a deadline, or the process ends.
      return false
    }
  }

  get #temporaryDirectory(): string {
    return join(this.directory, 'tmp')
  }

  #arguments(): readonly string[] {
    const { engine, socket, serverId, replicatedSchemas, extra = [] } = this.#options
    const { dataDirectory, port } = this
    const temporaryDirectory = this.#temporaryDirectory
    return serverOptions({
      engine,
      dataDirectory,
      temporaryDirectory,
      socket,
      port,
      serverId,
      replicatedSchemas,
      extra,
    })
  }
}

function kindOf(engine: ServerEngine): LabServerKind {
  return {
    name: engineNames[engine],
    readyWithinMs: 90_000,
    stopWithinMs: 60_000,
    pollMs: 15,
    portTaken: /address already in use|already have another \S+ server running|bind on tcp\/ip port/i,
  }
}
