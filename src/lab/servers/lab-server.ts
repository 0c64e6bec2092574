import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError } from '../../core/errors.ts'
import { endWithProcess, removeWithProcess } from './end-with-process.ts'
import { readLogEnd } from './initialise-data.ts'
import { startServerProcess, type ServerProcess } from './server-process.ts'

/** How a kind of server program is started, and how long it may take, milliseconds. */
export interface LabServerKind {
  /** In messages. */
  readonly name: string
  readonly readyWithinMs: number
  /** Then its orderly end is over. */
  readonly stopWithinMs: number
  /** Between two looks whether it is ready. */
  readonly pollMs: number
  /** What its log says when somebody else has the port. */
  readonly portTaken: RegExp
}

/** One server program of the lab, its directory and its life, with and without a crash. */
export abstract class LabServer implements AsyncDisposable {
  readonly directory: string
  /** What it printed. */
  readonly log: string
  /** Chosen before the first start, kept from then on. */
  port = 0
  readonly #kind: LabServerKind
  readonly #keep: boolean
  readonly #directoryIsGone: () => void
  #process: ServerProcess | undefined

  /** @param keep the directory stays when it is disposed of. */
  constructor(kind: LabServerKind, directory: string, keep: boolean) {
    this.#kind = kind
    this.directory = directory
    this.log = join(directory, 'server.log')
    this.#keep = keep
    this.#directoryIsGone = keep ? () => undefined : removeWithProcess(directory)
  }

  get pid(): number | undefined {
    return this.#process?.running === true ? this.#process.pid : undefined
  }

  async start(signal: AbortSignal = new AbortController().signal): Promise<void> {
    signal.throwIfAborted()
    if (this.pid !== undefined) return
    const server = await this.startProgram()
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
    await Promise.race([server.exited, sleep(this.#kind.stopWithinMs, undefined, { ref: false })])
    await this.kill()
  }

  async kill(): Promise<void> {
    const server = this.#process
    if (server === undefined || !server.running) return
    server.kill()
    await server.exited
  }

  async suspend(): Promise<void> {
    await this.#process?.suspend()
  }

  resume(): void {
    this.#process?.resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#keep) return this.stop()
    await this.kill()
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    this.#directoryIsGone()
  }

  /** The program, started, with what it needs in its directory. */
  protected abstract startProgram(): Promise<ServerProcess>

  /** False: not listening yet, or still refusing. */
  protected abstract isReady(signal: AbortSignal): Promise<boolean>

  /** The last lines it wrote. Default: of what it printed. */
  protected logEnd(): Promise<string> {
    return readLogEnd(this.log)
  }

  protected run(
    program: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<ServerProcess> {
    return startServerProcess(program, args, {
      directory: this.directory,
      log: this.log,
      ...(env && { env }),
    })
  }

  async #waitUntilReady(server: ServerProcess, signal: AbortSignal): Promise<void> {
    const { name, readyWithinMs, pollMs, portTaken } = this.#kind
    const where = `127.0.0.1:${this.port}`
    const giveUpAt = performance.now() + readyWithinMs
    while (server.running) {
      if (await this.isReady(signal)) return
      if (performance.now() > giveUpAt)
        throw new CutoverError('deadline', `${name} did not get ready: ${await this.logEnd()}`, { where })
      await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
    const end = await this.logEnd()
    const code = portTaken.test(end) ? 'conflict' : 'system.unreachable'
    throw new CutoverError(code, `${name} ended while it started: ${end}`, { where })
  }
}
