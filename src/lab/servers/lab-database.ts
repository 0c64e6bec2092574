import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'mysql2/promise'
import { CutoverError } from '../../core/errors.ts'
import { adminUser } from './admin-grants.ts'
import { readLogEnd } from './initialise-data.ts'
import { connectAsRoot } from './connect-as-root.ts'
import { endWithProcess, removeWithProcess } from './end-with-process.ts'
import { randomPassword } from './random-password.ts'
import type { RunningDatabase } from './running-database.ts'
import { engineNames, type ServerEngine } from './server-engine.ts'
import { serverOptions } from './server-options.ts'
import { startServerProcess, type ServerProcess } from './server-process.ts'

const readyWithinMs = 90_000
const stopWithinMs = 60_000
const pollMs = 15
const portTaken = /address already in use|already have another \S+ server running|bind on tcp\/ip port/i

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

/** One server program, its data and its life. `startDatabase` makes it ready for use. */
export class LabDatabase implements RunningDatabase {
  readonly engine: ServerEngine
  readonly host = '127.0.0.1'
  readonly directory: string
  readonly dataDirectory: string
  readonly socket: string
  readonly log: string
  readonly admin: RunningDatabase['admin']
  /** Chosen before the first start, kept from then on. */
  port = 0
  readonly #options: LabDatabaseOptions
  #process: ServerProcess | undefined
  readonly #directoryIsGone: () => void

  constructor(options: LabDatabaseOptions) {
    this.#options = options
    this.engine = options.engine
    this.directory = options.directory
    this.dataDirectory = join(options.directory, 'data')
    this.socket = options.socket
    this.log = join(options.directory, 'server.log')
    this.#directoryIsGone = options.keep === true ? () => undefined : removeWithProcess(options.directory)
    this.admin = { user: adminUser, password: randomPassword(`${options.engine} ${adminUser}`) }
  }

  get #temporaryDirectory(): string {
    return join(this.directory, 'tmp')
  }

  get pid(): number | undefined {
    return this.#process?.running === true ? this.#process.pid : undefined
  }

  root(): Promise<Connection> {
    return connectAsRoot(this.socket)
  }

  async start(signal: AbortSignal = new AbortController().signal): Promise<void> {
    signal.throwIfAborted()
    if (this.pid !== undefined) return
    // A crash leaves the old socket behind; the next server would mistake it for a live one.
    await rm(this.socket, { force: true })
    await mkdir(this.#temporaryDirectory, { recursive: true, mode: 0o700 })
    const server = await startServerProcess(this.#options.binary, this.#arguments(), {
      directory: this.directory,
      log: this.log,
    })
    this.#process = server
    void server.exited.then(endWithProcess(server.pid))
    try {
      await this.#waitUntilReady(server, signal)
    } catch (error) {
      await this.kill()
      throw error
    }
  }

  async stop(): Promise<void> {
    const server = this.#process
    if (server === undefined || !server.running) return
    server.resume()
    server.terminate()
    await Promise.race([server.exited, sleep(stopWithinMs, undefined, { ref: false })])
    await this.kill()
  }

  async kill(): Promise<void> {
    const server = this.#process
    if (server === undefined || !server.running) return
    server.kill()
    await server.exited
  }

  suspend(): void {
    this.#process?.suspend()
  }

  resume(): void {
    this.#process?.resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#options.keep === true) return this.stop()
    await this.kill()
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    this.#directoryIsGone()
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

  async #waitUntilReady(server: ServerProcess, signal: AbortSignal): Promise<void> {
    const giveUpAt = performance.now() + readyWithinMs
    while (server.running) {
      if (await this.#answers()) return
      if (performance.now() > giveUpAt) throw await this.#failed('deadline', 'did not get ready')
      await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
    const end = await readLogEnd(this.log)
    throw await this.#failed(
      portTaken.test(end) ? 'conflict' : 'system.unreachable',
      'ended while it started',
    )
  }

  async #answers(): Promise<boolean> {
    try {
      const connection = await this.root()
      await connection.end()
      return true
    } catch {
      // Not listening yet, or still refusing; the loop ends at its deadline or with the process.
      return false
    }
  }

  async #failed(code: 'deadline' | 'conflict' | 'system.unreachable', what: string): Promise<CutoverError> {
    const message = `${engineNames[this.engine]} ${what}: ${await readLogEnd(this.log)}`
    return new CutoverError(code, message, { where: `${this.host}:${this.port}` })
  }
}
