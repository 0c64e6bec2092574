import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { openRelay, type Relay } from './relay.ts'

/** What becomes of connections through a proxy. */
export type ProxyMode =
  /** Everything passes. */
  | 'forward'
  /** Nobody listens; what is open already goes on. */
  | 'refuse'
  /** Connections are accepted, and nothing passes on them in either direction, nor on those that are open already. */
  | 'swallow'

export interface ProxyOptions {
  /** Where everything goes. */
  readonly to: { readonly host: string; readonly port: number }
}

/** A TCP proxy on 127.0.0.1 that breaks on demand, for whoever is to meet a bad network. */
export interface TcpProxy extends AsyncDisposable {
  readonly host: '127.0.0.1'
  /** The same for its whole life. */
  readonly port: number
  /** Connections that are open now. */
  readonly open: number
  /** Ends every open connection at once, both sides. */
  cut(): void
  setMode(mode: ProxyMode): Promise<void>
  /** Holds every answer back for so long, milliseconds. Default 0. */
  setDelay(ms: number): void
  /**
   * The next request that matches passes; what the server answers is dropped, and the connection is cut: its sender
   * cannot know whether it took effect. Undefined takes that back.
   *
   * @param request sees the bytes as they arrive, which may be less or more than one request.
   */
  loseAnswerTo(request: ((bytes: Buffer) => boolean) | undefined): void
  /** Answers lost so far. */
  readonly lost: number
  /** Bytes swallowed on the connections that are open now. */
  readonly swallowed: number
}

export async function startTcpProxy(options: ProxyOptions): Promise<TcpProxy> {
  const proxy = new BreakableProxy(options)
  await proxy.listen(0)
  return proxy
}

class BreakableProxy implements TcpProxy {
  readonly host = '127.0.0.1'
  port = 0
  lost = 0
  readonly #to: ProxyOptions['to']
  readonly #relays = new Set<Relay>()
  #server: Server | undefined
  #mode: ProxyMode = 'forward'
  #delayMs = 0
  #loses: ((bytes: Buffer) => boolean) | undefined

  constructor({ to }: ProxyOptions) {
    this.#to = to
  }

  get open(): number {
    return this.#relays.size
  }

  get swallowed(): number {
    return [...this.#relays].reduce((sum, relay) => sum + relay.swallowed, 0)
  }

  async listen(port: number): Promise<void> {
    const server = createServer((client) => this.#relay(client))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, this.host, resolve)
    })
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  cut(): void {
    for (const relay of this.#relays) relay.cut()
  }

  async setMode(mode: ProxyMode): Promise<void> {
    this.#mode = mode
    if (mode === 'refuse') this.#stopListening()
    else if (this.#server === undefined) await this.listen(this.port)
    // What was swallowed is gone, so a connection that lost a part can never be whole again.
    for (const relay of this.#relays) if (relay.swallowed > 0 && mode === 'forward') relay.cut()
  }

  setDelay(ms: number): void {
    this.#delayMs = ms
  }

  loseAnswerTo(request: ((bytes: Buffer) => boolean) | undefined): void {
    this.#loses = request
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening()
    this.cut()
    return Promise.resolve()
  }

  #stopListening(): void {
    // Its callback would wait for the open connections, which may go on for long.
    this.#server?.close()
    this.#server = undefined
  }

  #relay(client: Socket): void {
    const relay = openRelay(client, connect(this.#to), {
      swallows: () => this.#mode === 'swallow',
      delayMs: () => this.#delayMs,
      losesAnswer: (bytes) => this.#loses?.(bytes) === true,
      onLost: () => {
        this.#loses = undefined
        this.lost += 1
      },
      onEnd: () => this.#relays.delete(relay),
    })
    this.#relays.add(relay)
  }
}
