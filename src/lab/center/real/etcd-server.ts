import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError } from '../../../core/errors.ts'
import type { Secret } from '../../../core/secret.ts'
import { systemClock } from '../../../core/system-clock.ts'
import { sendRequest } from '../../../config-centers/shared/send-request.ts'
import { endWithProcess, removeWithProcess } from '../../servers/end-with-process.ts'
import { readLogEnd } from '../../servers/initialise-data.ts'
import { startServerProcess, type ServerProcess } from '../../servers/server-process.ts'
import { addUsers } from './etcd-users.ts'
import type { EtcdUser, RunningEtcd } from './start-etcd.ts'

const readyWithinMs = 60_000
const stopWithinMs = 20_000
const pollMs = 20
const portTaken = /address already in use/i

export interface EtcdServerOptions {
  readonly directory: string
  readonly binary: string
  readonly root: Secret | undefined
  readonly tokenTtlSeconds?: number
}

/** One etcd program, its data and its life. `startEtcd` makes it ready for use. */
export class EtcdServer implements RunningEtcd {
  readonly log: string
  /** Chosen before the first start, kept from then on. */
  port = 0
  peerPort = 0
  readonly #options: EtcdServerOptions
  readonly #directoryIsGone: () => void
  #process: ServerProcess | undefined
  #authIsOn = false

  constructor(options: EtcdServerOptions) {
    this.#options = options
    this.log = join(options.directory, 'server.log')
    this.#directoryIsGone = removeWithProcess(options.directory)
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
    const { binary, directory } = this.#options
    const server = await startServerProcess(binary, this.#arguments(), { directory, log: this.log })
    this.#process = server
    void server.exited.then(endWithProcess(server.pid))
    try {
      await this.#waitUntilReady(server, signal)
    } catch (error) {
      await this.kill()
      throw error
    }
  }

  async turnAuthOn(user: EtcdUser): Promise<void> {
    const { root } = this.#options
    if (root === undefined) return
    await addUsers((path, body) => this.ask(path, body), user, root)
    this.#authIsOn = true
  }

  async ask(path: string, body: unknown): Promise<unknown> {
    const token = this.#authIsOn ? await this.#logIn() : undefined
    return this.#send(path, body, token === undefined ? {} : { authorization: token })
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
    await this.kill()
    await rm(this.#options.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    this.#directoryIsGone()
  }

  #arguments(): readonly string[] {
    const { directory, tokenTtlSeconds = 300 } = this.#options
    const peer = `http://127.0.0.1:${this.peerPort}`
    return [
      '--name=lab',
      `--data-dir=${join(directory, 'data')}`,
      `--listen-client-urls=${this.url}`,
      `--advertise-client-urls=${this.url}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=lab=${peer}`,
      '--logger=zap',
      '--log-outputs=stderr',
      `--auth-token-ttl=${tokenTtlSeconds}`,
      // Alone it has nobody to wait for.
      '--heartbeat-interval=20',
      '--election-timeout=200',
      // Passwords of a throw-away server need not be expensive to guess.
      '--bcrypt-cost=4',
    ]
  }

  async #waitUntilReady(server: ServerProcess, signal: AbortSignal): Promise<void> {
    const giveUpAt = performance.now() + readyWithinMs
    while (server.running) {
      if (await this.#isHealthy(signal)) return
      if (performance.now() > giveUpAt) throw await this.#failed('deadline', 'did not get ready')
      await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
    const end = await readLogEnd(this.log)
    throw await this.#failed(
      portTaken.test(end) ? 'conflict' : 'system.unreachable',
      'ended while it started',
    )
  }

  async #isHealthy(signal: AbortSignal): Promise<boolean> {
    // Whoever else listens on the port may never answer.
    const request = { method: 'GET', path: '/health', deadlineMs: 1000 } as const
    const outcome = await sendRequest(this.url, request, systemClock, signal)
    return outcome.kind === 'answered' && outcome.answer.body.includes('"true"')
  }

  async #logIn(): Promise<string> {
    const answer = await this.#send('/v3/auth/authenticate', {
      name: 'root',
      password: this.#options.root?.reveal(),
    })
    return String((answer as { token?: unknown }).token)
  }

  async #send(path: string, json: unknown, headers: Record<string, string> = {}): Promise<unknown> {
    const request = { method: 'POST', path, json, headers } as const
    const outcome = await sendRequest(this.url, request, systemClock, new AbortController().signal)
    if (outcome.kind === 'answered' && outcome.answer.status === 200) return JSON.parse(outcome.answer.body)
    const told = outcome.kind === 'answered' ? `HTTP ${outcome.answer.status}` : outcome.reason
    throw new CutoverError('system.refused', `etcd would not do ${path} (${told})`, { where: this.url })
  }

  async #failed(code: 'deadline' | 'conflict' | 'system.unreachable', what: string): Promise<CutoverError> {
    return new CutoverError(code, `etcd ${what}: ${await readLogEnd(this.log)}`, { where: this.url })
  }
}
