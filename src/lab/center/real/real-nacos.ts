import { readFile } from 'node:fs/promises'
import { exists } from '../../servers/cache-directory.ts'
import { LabServer, type LabServerKind } from '../../servers/lab-server.ts'
import type { ServerProcess } from '../../servers/server-process.ts'
import { isReady } from './nacos-admin.ts'
import { recipes, type NacosLine } from './nacos-lines.ts'
import { javaOptions, serverArguments } from './nacos-settings.ts'

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
  suspend(): Promise<void>
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

/** One Nacos. `startRealNacos` makes it ready for use. */
export class RealNacosServer extends LabServer implements RealNacos {
  readonly line: NacosLine
  readonly #options: RealNacosOptions

  constructor(options: RealNacosOptions) {
    super(kindOf(options.line), options.directory, options.keep)
    this.#options = options
    this.line = options.line
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  protected startProgram(): Promise<ServerProcess> {
    const { java, classpath, directory, line } = this.#options
    const args = [...javaOptions(line, directory), recipes[line].mainClass, ...serverArguments(directory)]
    return this.run(java, args, { CLASSPATH: classpath.join(':'), MALLOC_ARENA_MAX: '2' })
  }

  protected isReady(signal: AbortSignal): Promise<boolean> {
    return isReady({ line: this.line, base: `${this.url}/nacos` }, signal)
  }

  /** What it complained of; the end of its log is the middle of a stack trace. */
  protected override async logEnd(): Promise<string> {
    const text = (await exists(this.log)) ? await readFile(this.log, 'utf8') : ''
    const causes = text.split('\n').filter((line) => /Caused by: |Exception: | ERROR /.test(line))
    return causes.slice(-4).join(' | ').slice(-1500) || 'it did not say why'
  }
}

function kindOf(line: NacosLine): LabServerKind {
  return {
    name: `Nacos ${line}`,
    // A starved machine takes ten times as long as an idle one.
    readyWithinMs: 180_000,
    stopWithinMs: 30_000,
    pollMs: 50,
    portTaken: /address already in use|failed to bind|port \d+ was already in use/i,
  }
}
