import { connect, type Socket } from 'node:net'
import { CutoverError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import { linesOf } from '../../core/lines-of.ts'
import type { RunEvent } from '../../core/run-event.ts'
import { parseLine, type Hello, type Reply } from './protocol.ts'

/** How long a run may take to greet, and to answer, milliseconds. It must write its journal in between. */
const greetingMs = 2000
const answerMs = 15_000

/** A line to a run that another process carries out. */
export interface ControlClient extends Disposable {
  readonly hello: Hello
  /**
   * @throws CutoverError with the run's own refusal, `deadline` when no answer came, and `system.unreachable` when the
   *   run ended before it answered.
   */
  request(verb: string, fields?: Readonly<Record<string, Json>>): Promise<Json>
  /** Resolves when the line is closed, by either side. */
  readonly closed: Promise<void>
}

/** `refused`: nobody listens there. `silent`: somebody does and says nothing, such as a process that was stopped. */
export type Connected = ControlClient | 'refused' | 'silent'

/** @param onEvent told what happens in the run once `watch` was requested. */
export async function connectControl(
  path: string,
  onEvent: (event: RunEvent) => void = () => undefined,
): Promise<Connected> {
  const socket = connect(path)
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  const answers = new Map<number, (reply: Reply) => void>()
  const hello = await greeting(socket, (message) => {
    if (message['event'] !== undefined) onEvent(message['event'] as unknown as RunEvent)
    else if (typeof message['id'] === 'number') answers.get(message['id'])?.(message as unknown as Reply)
  })
  if (typeof hello !== 'string') return clientOn(socket, hello, answers, closed)
  socket.destroy()
  return hello
}

/** Waits for the first line; the ones after it go to `onMessage`. */
function greeting(
  socket: Socket,
  onMessage: (message: { readonly [field: string]: Json }) => void,
): Promise<Hello | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('silent'), greetingMs)
    let problem: string | undefined
    socket.on('error', (error: NodeJS.ErrnoException) => {
      problem ??= error.code
      socket.destroy()
    })
    socket.once('close', () => {
      clearTimeout(timer)
      // Anything else, a full queue for one, means that a process is behind it.
      resolve(problem === 'ECONNREFUSED' || problem === 'ENOENT' ? 'refused' : 'silent')
    })
    linesOf(socket, (line) => {
      const message = parseLine(line)
      if (message?.['kind'] !== 'cutover-control') return message && onMessage(message)
      clearTimeout(timer)
      resolve(message as unknown as Hello)
    })
  })
}

function clientOn(
  socket: Socket,
  hello: Hello,
  answers: Map<number, (reply: Reply) => void>,
  closed: Promise<void>,
): ControlClient {
  let lastId = 0
  return {
    hello,
    closed,
    async request(verb, fields = {}) {
      lastId += 1
      const id = lastId
      let timer: NodeJS.Timeout | undefined
      try {
        const reply = await Promise.race([
          new Promise<Reply>((resolve) => {
            answers.set(id, resolve)
            socket.write(`${JSON.stringify({ ...fields, id, do: verb })}\n`)
          }),
          new Promise<'late'>((resolve) => {
            timer = setTimeout(() => resolve('late'), answerMs)
          }),
          closed,
        ])
        return valueOf(reply, hello)
      } finally {
        clearTimeout(timer)
        answers.delete(id)
      }
    },
    [Symbol.dispose]: () => socket.destroy(),
  }
}

function valueOf(reply: Reply | 'late' | void, hello: Hello): Json {
  const hint = `Look at it: cutover status ${hello.runId}`
  if (reply === 'late') {
    const message = `Process ${hello.pid} did not answer in time; it may still do what it was asked`
    throw new CutoverError('deadline', message, { hint })
  }
  if (reply === undefined) {
    throw new CutoverError('system.unreachable', `Process ${hello.pid} ended before it answered`, { hint })
  }
  if (reply.ok) return reply.value
  throw new CutoverError(reply.code, reply.message, reply.hint === undefined ? {} : { hint: reply.hint })
}
