import { join } from 'node:path'
import { CutoverError } from '../../../core/errors.ts'
import type { Secret } from '../../../core/secret.ts'
import { systemClock } from '../../../core/system-clock.ts'
import { sendRequest } from '../../../config-centers/shared/send-request.ts'
import { LabServer, type LabServerKind } from '../../servers/lab-server.ts'
import type { ServerProcess } from '../../servers/server-process.ts'
import { addUsers } from './etcd-users.ts'
import type { EtcdUser, RunningEtcd } from './running-etcd.ts'

const kind: LabServerKind = {
  name: 'etcd',
  readyWithinMs: 60_000,
  stopWithinMs: 20_000,
  pollMs: 20,
  portTaken: /address already in use/i,
}

export interface EtcdServerOptions {
  readonly directory: string
  readonly binary: string
  readonly root: Secret | undefined
  readonly tokenTtlSeconds?: number
}

/** One etcd. `startEtcd` makes it ready for use. */
export class EtcdServer extends LabServer implements RunningEtcd {
  /** Chosen before the first start, kept from then on. */
  peerPort = 0
  readonly #options: EtcdServerOptions
  #authIsOn = false

  constructor(options: EtcdServerOptions) {
    super(kind, options.directory, false)
    this.#options = options
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
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

  protected startProgram(): Promise<ServerProcess> {
    return this.run(this.#options.binary, this.#arguments())
  }

  protected async isReady(signal: AbortSignal): Promise<boolean> {
    // Whoever else listens on the port may never answer.
    const request = { method: 'GET', path: '/health', deadlineMs: 1000 } as const
    const outcome = await sendRequest(this.url, request, systemClock, signal)
    return outcome.kind === 'answered' && outcome.answer.body.includes('"true"')
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
}
