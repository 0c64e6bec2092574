import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { sendRequest } from '../../../src/config-centers/shared/send-request.ts'
import type { HttpOutcome, HttpRequest } from '../../../src/config-centers/shared/http-message.ts'
import { systemClock } from '../../../src/core/system-clock.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  }
})

async function startServer(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  servers.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What reading gave: how it ended, and the lines that were seen. */
async function read(
  base: string,
  { last = '', lifetimeMs = 30_000, ...more }: { last?: string; lifetimeMs?: number } & Partial<HttpRequest>,
  signal: AbortSignal = AbortSignal.timeout(20_000),
): Promise<{ readonly outcome: HttpOutcome; readonly lines: readonly string[] }> {
  const lines: string[] = []
  const isEnough = (line: string): boolean => lines.push(line) > 0 && line === last
  const request = { method: 'GET', path: '/', ...more, lines: { isEnough, lifetimeMs } } as const
  return { outcome: await sendRequest(base, request, systemClock, signal), lines }
}

describe('an answer that is read line by line', () => {
  it('is left as soon as a line is enough, though the server goes on', async () => {
    let closed = false
    const base = await startServer((response) => {
      response.once('close', () => (closed = true))
      response.write('one\ntwo\nthree\nfour\n')
    })
    const { outcome, lines } = await read(base, { last: 'three' })
    expect(outcome).toMatchObject({ kind: 'answered', answer: { status: 200, body: '' } })
    expect(lines).toEqual(['one', 'two', 'three'])
    await expect.poll(() => closed).toBe(true)
  })

  it('is put together from pieces that end anywhere, in the middle of a character too', async () => {
    const bytes = Buffer.from('系统升级中\n请稍后再试 🚀\n')
    const base = await startServer((response) => {
      response.flushHeaders()
      const send = (at: number): void => {
        if (at === bytes.length) response.end()
        else response.write(bytes.subarray(at, at + 1), () => setImmediate(send, at + 1))
      }
      send(0)
    })
    expect((await read(base, {})).lines).toEqual(['系统升级中', '请稍后再试 🚀'])
  })

  it('that the server ends is over', async () => {
    const base = await startServer((response) => response.end('one\nhalf a line'))
    const { outcome, lines } = await read(base, {})
    expect(outcome.kind).toBe('answered')
    expect(lines).toEqual(['one'])
  })

  it('is over when its time is', async () => {
    const base = await startServer((response) => response.write('one\n'))
    const { outcome, lines } = await read(base, { lifetimeMs: 100 })
    expect(outcome.kind).toBe('answered')
    expect(lines).toEqual(['one'])
  })

  it('of which not even the head comes is no answer', async () => {
    const base = await startServer(() => undefined)
    const { outcome } = await read(base, { deadlineMs: 100 })
    expect(outcome).toEqual({ kind: 'unknown', reason: 'no answer within 100 ms' })
  })

  it('whose connection is lost is no answer', async () => {
    const base = await startServer((response) => response.write('one\n', () => response.destroy()))
    expect((await read(base, {})).outcome.kind).toBe('unknown')
  })

  it('with a line longer than the limit is broken off', async () => {
    const base = await startServer((response) => {
      const more = (): void => void response.write('x'.repeat(10_000), () => setImmediate(more))
      response.write('one\n', more)
    })
    const { outcome } = await read(base, { maxBytes: 100_000 })
    expect(outcome).toEqual({ kind: 'unknown', reason: 'a line of more than 100000 bytes' })
  })

  it('ends at once with the reason of a signal that fires', async () => {
    const stop = new AbortController()
    const reason = new Error('stopped by the test')
    const base = await startServer((response) => response.write('one\n', () => stop.abort(reason)))
    await expect(read(base, {}, stop.signal)).rejects.toBe(reason)
  })

  it('that is an error is read as ever', async () => {
    const base = await startServer((response) => {
      response.writeHead(400).end('{"code":3}\n')
    })
    const { outcome, lines } = await read(base, {})
    expect(outcome).toMatchObject({ kind: 'answered', answer: { status: 400, body: '{"code":3}\n' } })
    expect(lines).toEqual([])
  })
})
