import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError } from '../../../core/errors.ts'
import { exists } from '../../servers/cache-directory.ts'
import { endWithProcess, removeWithProcess } from '../../servers/end-with-process.ts'
import { startServerProcess, type ServerProcess } from '../../servers/server-process.ts'
import { isReady } from './nacos-admin.ts'
import { recipes, type NacosLine } from './nacos-lines.ts'
import { javaOptions, serverArguments } from './nacos-settings.ts'

/** A starved machine takes ten times as long as an idle one. */
const readyWithinMs = 180_000
const stopWithinMs = 30_000
const pollMs = 50

/** A real server of the lab. Everything it owns lies in `directory` and goes away with it. */
export interface RealNacos extends AsyncDisposable {
  readonly line: NacosLine
  /** `http://127.0.0.1:port`, without the context path `/nacos`. */
  readonly url: string
  /**
   * The same for its whole life. Ordinary clients of 2.x and later also use `port + 1000` (gRPC), servers among
   * themselves `port + 1001`; these two listen on every address of the machine, the server knows no other way.
   */
  readonly port: number
  readonly directory: string
  /** What it printed. Its own logs are in `directory/logs`. */
  readonly log: string
  /** The present process; undefined while it is down. */
  readonly pid: number | undefined
  /** SIGKILL, as a power cut would end it; waits until it is gone. */
  kill(): Promise<void>
  /** Starts it again on the same data and port, and waits until it is ready. Nothing happens when it runs. */
  start(signal?: AbortSignal): Promise<void>
  /** Orderly end; SIGKILL when that takes longer than half a minute. Safe to repeat. */
  stop(): Promise<void>
  /** SIGSTOP: connections stay open and nobody answers. */
  suspend(): void
  resume(): void
  /** Ends it and removes its directory, unless it was started with `keep`. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface RealNacosOptions {
  readonly line: NacosLine
  readonly directory: string
  readonly java: string
  readonly classpath: readonly string[]
  readonly keep: boolean
}

/** One server program, its data and its life. `startRealNacos` makes it ready for use. */
export class RealNacosServer implements RealNacos {
  readonly line: NacosLine
  readonly directory: string
  readonly log: string
  /** Chosen before the first start, kept from then on. */
  port = 0
  readonly #options: RealNacosOptions
  readonly #directoryIsGone: () => void
  #process: ServerProcess | undefined

  constructor(options: RealNacosOptions) {
    this.#options = options
    this.line = options.line
    this.directory = options.directory
    this.log = join(options.directory, 'server.log')
    this.#directoryIsGone = options.keep ? () => undefined : removeWithProcess(options.directory)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get pid(): number | undefined {
    return this.#process?.running === true ? this.#process.pid : undefined
  }

  async start(signal: AbortSignal = new AbortController().signal): Promise<void> {
    signal.throwIfAborted()
    if (this.pid !== undefined) return
    const { java, classpath, directory, line } = this.#options
    const args = [...javaOptions(line, directory), recipes[line].mainClass, ...serverArguments(directory)]
    const server = await startServerProcess(java, args, {
      directory,
      log: this.log,
      env: { CLASSPATH: classpath.join(':'), MALLOC_ARENA_MAX: '2' },
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
    if (this.#options.keep) return this.stop()
    await this.kill()
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    this.#directoryIsGone()
  }

  async #waitUntilReady(server: ServerProcess, signal: AbortSignal): Promise<void> {
    const giveUpAt = performance.now() + readyWithinMs
    while (server.running) {
      if (await isReady({ line: this.line, base: `${this.url}/nacos` }, signal)) return
      if (performance.now() > giveUpAt) throw await this.#failed('deadline', 'did not get ready')
      await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
    const error = await this.#failed('system.unreachable', 'ended while it started')
    throw portTaken.test(error.message) ? new CutoverError('conflict', error.message) : error
  }

  async #failed(code: 'deadline' | 'system.unreachable', what: string): Promise<CutoverError> {
    const message = `Nacos ${this.line} ${what}: ${await readCauses(this.log)}`
    return new CutoverError(code, message, { where: this.log })
  }
}

/** What it complained of; the end of its log is the middle of a stack trace. */
async function readCauses(log: string): Promise<string> {
  const text = (await exists(log)) ? await readFile(log, 'utf8') : ''
  const causes = text.split('\n').filter((line) => /Caused by: |Exception: | ERROR /.test(line))
  return causes.slice(-4).join(' | ').slice(-1500) || 'it did not say why'
}

const portTaken = /address already in use|failed to bind|port \d+ was already in use/i
