import type { IncomingMessage } from 'node:http'
import { startDeadline } from '../../core/deadline.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { LineReading } from './http-message.ts'

/** An answer that cannot be used; the message is safe to show. */
export class BadAnswer extends Error {}

/**
 * Reads an answer that comes a line at a time, until a line is enough, its time is over, or the server ends it. The
 * connection is closed then.
 * @param maxBytes of one line.
 * @throws when the connection is lost before, a line is too long, or the signal fires.
 */
export async function readLines(
  response: IncomingMessage,
  { isEnough, lifetimeMs }: LineReading,
  maxBytes: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const lifetime = startDeadline(clock, lifetimeMs, 'an answer without an end', signal)
  const end = (): void => void response.destroy()
  lifetime.signal.addEventListener('abort', end)
  try {
    signal.throwIfAborted()
    for await (const line of linesOf(response, maxBytes)) if (isEnough(line)) return
    signal.throwIfAborted()
  } catch (error) {
    const timeIsOver = lifetime.signal.aborted && !signal.aborted
    if (!timeIsOver) throw error
  } finally {
    lifetime.signal.removeEventListener('abort', end)
    lifetime[Symbol.dispose]()
    end()
  }
}

/** Split before it is decoded: a character may lie across two chunks. */
async function* linesOf(response: IncomingMessage, maxBytes: number): AsyncGenerator<string> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    let begin = 0
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, begin)) {
      yield Buffer.concat([...parts, chunk.subarray(begin, end)]).toString('utf8')
      begin = end + 1
      parts = []
      length = 0
    }
    parts.push(chunk.subarray(begin))
    length += chunk.length - begin
    if (length > maxBytes) throw new BadAnswer(`a line of more than ${maxBytes} bytes`)
  }
}
