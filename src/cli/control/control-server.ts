import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { toCutoverError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import type { RunEvent } from '../../core/run-event.ts'
import { boundedLines } from './bounded-lines.ts'
import { claimSocket } from './claim-socket.ts'
import { parseLine, protocolVersion, type Hello, type Reply, type Request } from './protocol.ts'
import { preparePrivatePlace, socketPathOf } from './socket-path.ts'

/** Answers one kind of request. What it throws is the client's refusal. */
export type Handler = (request: Request, client: ControlledClient) => Json | Promise<Json>

/** What a handler may do with the client besides answering it. */
export interface ControlledClient {
  /** From now on the client is told what happens. */
  watch(): void
}

/** The socket by which other terminals steer a run, and at the same time the lock of its directory. */
export interface ControlServer extends AsyncDisposable {
  /** Where it listens. */
  readonly path: string
  /** Adds what may be asked; each name once, before or while clients are there. */
  handle(handlers: Readonly<Record<string, Handler>>): void
  /** Tells every client that watches. Never fails, never waits. */
  tell(event: RunEvent): void
}

export interface ControlServerOptions {
  /** Directory of the run; it exists. */
  readonly directory: string
  readonly runId: string
  /** Removes known secrets from what goes out. */
  readonly redact: (text: string) => string
  /** Who the other process is, when it holds the socket and does not answer: `process 4711`. */
  readonly holder: string
}

/** A wish is short; whoever sends more is no client of ours. Characters. */
const longestLine = 65_536
/** A client that reads so slowly that this many bytes wait for it is dropped: the run waits for nobody. */
const mostWaiting = 4 * 1024 * 1024
const mostClients = 64
/**
 * The socket is taken before the process knows what it may be asked, and somebody who followed the process before it may
 * be there at once. Milliseconds; less than a client waits for its answer.
 */
const answersWithinMs = 3000

/** @throws CutoverError `locked` when another process works on this run, naming it. */
export async function openControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const path = await socketPathOf(options.directory)
  await preparePrivatePlace(path, options.directory)
  const hello: Hello = {
    kind: 'cutover-control',
    version: protocolVersion,
    runId: options.runId,
    pid: process.pid,
  }
  const handlers = new Map<string, Handler>()
  let mayBeAsked = (): void => undefined
  const whenAsked = new Promise<void>((resolve) => (mayBeAsked = resolve))
  const clients = new Set<Socket>()
  const watching = new Set<Socket>()
  const line = (value: object): string => `${JSON.stringify(value, redactedBy(options.redact))}\n`
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    if (clients.size >= mostClients) return socket.destroy()
    clients.add(socket)
    socket.once('close', () => {
      clients.delete(socket)
      watching.delete(socket)
    })
    send(socket, line(hello))
    const client: ControlledClient = { watch: () => void watching.add(socket) }
    const answer = async (text: string): Promise<void> => {
      if (handlers.size === 0)
        await Promise.race([whenAsked, sleep(answersWithinMs, undefined, { ref: false })])
      send(socket, line(await replyTo(text, handlers, client)))
    }
    boundedLines(
      socket,
      longestLine,
      (text) => void answer(text),
      () => socket.destroy(),
    )
  })
  await claimSocket(server, path, options.holder)
  server.on('error', () => undefined) // a connection that could not be taken is the client's trouble
  return {
    path,
    handle(more) {
      for (const [name, handler] of Object.entries(more)) handlers.set(name, handler)
      mayBeAsked()
    },
    tell(event) {
      if (watching.size === 0) return
      const text = line({ event })
      for (const socket of watching) send(socket, text)
    },
    [Symbol.asyncDispose]: () => close(server, clients),
  }
}

function send(socket: Socket, text: string): void {
  if (socket.destroyed) return
  if (socket.writableLength > mostWaiting) socket.destroy()
  else socket.write(text)
}

/** Never throws: a client's nonsense is answered, and the run goes on. */
async function replyTo(
  text: string,
  handlers: ReadonlyMap<string, Handler>,
  client: ControlledClient,
): Promise<Reply> {
  const message = parseLine(text)
  const id = typeof message?.['id'] === 'number' ? message['id'] : 0
  const verb = message?.['do']
  const handler = typeof verb === 'string' ? handlers.get(verb) : undefined
  if (!message || !handler) {
    if (handlers.size === 0) {
      const hint = 'Ask again in a moment.'
      return { id, ok: false, code: 'system.unreachable', message: 'The run is only just beginning', hint }
    }
    const what = typeof verb === 'string' ? `"${verb.slice(0, 40)}"` : 'that line'
    return { id, ok: false, code: 'usage', message: `The run does not understand ${what}` }
  }
  try {
    return { id, ok: true, value: await handler(message as Request, client) }
  } catch (thrown) {
    const { code, message: why, hint } = toCutoverError(thrown)
    return { id, ok: false, code, message: why, ...(hint !== undefined && { hint }) }
  }
}

function redactedBy(redact: (text: string) => string): (key: string, value: unknown) => unknown {
  return (_key, value) => (typeof value === 'string' ? redact(value) : value)
}

/** What was written to a client still goes out: its last line tells how the run ended. */
function close(server: Server, clients: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of clients) {
      socket.end()
      // Whoever does not read holds nothing up.
      setTimeout(() => socket.destroy(), 500).unref()
    }
  })
}
