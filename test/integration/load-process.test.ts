import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { startLoad } from '../../src/lab/load/start-load.ts'
import type { LoadOptions, LogLine, WriteLine } from '../../src/lab/load/types.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

describe('the load', () => {
  let directory: string
  let server: Server
  let seen: { readonly method: string; readonly url: string; readonly body: string }[]
  let answer: Answer

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'load-'))
    seen = []
    answer = (request, response) => response.writeHead(request.method === 'POST' ? 201 : 200).end('{}')
    server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const body = Buffer.concat(parts).toString()
        seen.push({ method: request.method ?? '', url: request.url ?? '', body })
        answer(request, response, body)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await rm(directory, { recursive: true, force: true })
  })

  function options(changed: Partial<LoadOptions> = {}): LoadOptions {
    const { port } = server.address() as AddressInfo
    return {
      ordersUrl: `http://127.0.0.1:${port}/`,
      logFile: join(directory, 'load.jsonl'),
      knownOrderIds: ['base-1', 'base-2'],
      readsPerSecond: 0,
      probesPerSecond: 0,
      ...changed,
    }
  }
  async function readLog(): Promise<LogLine[]> {
    const text = await readFile(join(directory, 'load.jsonl'), 'utf8')
    return text
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine)
  }
  const writesOf = (lines: readonly LogLine[]) =>
    lines.filter((line): line is WriteLine => line.type === 'write')

  test('sends every write once with its own id and logs each with its fate', async () => {
    await using load = await startLoad(options({ seed: 7, writesPerSecond: 200 }))
    await expect.poll(() => seen.length).toBeGreaterThan(40)
    const at = await load.mark('middle')
    const summary = await load.stop()
    const lines = await readLog()
    const writes = writesOf(lines)
    expect(writes.map((line) => line.id).sort()).toEqual(
      seen.map((request) => (JSON.parse(request.body) as { id: string }).id).sort(),
    )
    expect(new Set(writes.map((line) => line.id)).size).toBe(writes.length)
    expect(writes[0]).toMatchObject({ id: 'w-7-0', status: 201, outcome: 'acknowledged' })
    expect(summary.writes.orders).toMatchObject({ acknowledged: writes.length, unknown: 0, notSent: 0 })
    expect(lines).toContainEqual({ type: 'mark', name: 'middle', at })
    expect(summary.marks).toEqual([{ type: 'mark', name: 'middle', at }])
  })

  test('counts the wait for a slow server from the intended start, and does not slow down with it', async () => {
    const held: ServerResponse[] = []
    answer = (_request, response) => void held.push(response)
    await using load = await startLoad(options({ writesPerSecond: 100 }))
    // Nothing is answered, and still requests keep coming at their rate.
    await expect.poll(() => seen.length).toBeGreaterThan(60)
    answer = (_request, response) => response.writeHead(201).end('{}')
    for (const response of held) response.writeHead(201).end('{}')
    const summary = await load.stop()
    const writes = writesOf(await readLog()).sort((a, b) => a.intended - b.intended)
    expect(writes[1]?.intended).toBeCloseTo((writes[0]?.intended ?? 0) + 10, 0)
    // The first one waited for sixty arrivals, 10 ms apart.
    expect(summary.writes.orders.latencyMs.max).toBeGreaterThan(590)
    expect(summary.writes.orders.latencyMs.p50).toBeGreaterThan(150)
  })

  test('logs arrivals beyond the limit as not sent instead of dropping them', async () => {
    answer = () => undefined
    await using load = await startLoad(options({ writesPerSecond: 200, maxOutstanding: 5, timeoutMs: 1000 }))
    await expect.poll(async () => writesOf(await readLog()).length, { timeout: 10_000 }).toBeGreaterThan(20)
    const summary = await load.stop()
    const writes = writesOf(await readLog())
    const { notSent, unknown } = summary.writes.orders
    expect(notSent).toBeGreaterThan(20)
    expect(unknown).toBe(seen.length)
    expect(notSent + unknown).toBe(writes.length)
    expect(writes.find((line) => line.outcome === 'not-sent')).toMatchObject({ sent: null, answered: null })
    expect(writes.find((line) => line.outcome === 'unknown')).toMatchObject({ detail: 'TIMEOUT' })
  })

  test('tells a connection that was refused from one that was lost', async () => {
    answer = (request) => request.socket.destroy()
    await using load = await startLoad(options({ writesPerSecond: 50 }))
    await expect.poll(() => seen.length).toBeGreaterThan(5)
    server.close()
    await once(server, 'close')
    await expect
      .poll(async () => writesOf(await readLog()).some((line) => line.detail === 'ECONNREFUSED'))
      .toBe(true)
    await load.stop()
    const writes = writesOf(await readLog())
    expect(writes.filter((line) => line.detail === 'ECONNREFUSED').map((line) => line.outcome)).not.toContain(
      'unknown',
    )
    expect(writes.filter((line) => line.detail === 'ECONNRESET').map((line) => line.outcome)).toContain(
      'unknown',
    )
  })

  test('looks for leaks in refusals and writes none of them down', async () => {
    answer = (_request, response) =>
      response.writeHead(500).end('INSERT INTO orders failed, password hunter2-hunter2')
    await using load = await startLoad(
      options({ writesPerSecond: 50, secrets: [new Secret('db', 'hunter2-hunter2')] }),
    )
    await expect.poll(() => seen.length).toBeGreaterThan(3)
    const summary = await load.stop()
    expect(summary.leaks).toBe(summary.writes.orders.refusedOther)
    expect(await readFile(join(directory, 'load.jsonl'), 'utf8')).not.toContain('hunter2')
    expect(writesOf(await readLog())[0]).toMatchObject({ outcome: 'refused-other', leaks: ['sql', 'secret'] })
  })

  test('reads known orders and lists, and calls a missing one failed', async () => {
    answer = (request, response) => response.writeHead(request.url?.endsWith('base-2') ? 404 : 200).end('{}')
    await using load = await startLoad(options({ writesPerSecond: 0, readsPerSecond: 200 }))
    await expect.poll(() => seen.length).toBeGreaterThan(40)
    const { reads } = await load.stop()
    const missing = seen.filter((request) => request.url === '/orders/base-2').length
    expect(missing).toBeGreaterThan(0)
    expect(seen.some((request) => request.url === '/orders?limit=20')).toBe(true)
    expect(reads).toMatchObject({ failed: missing, ok: seen.length - missing })
  })

  test('runs into ordinary bugs and tells their own error from the upgrading answer', async () => {
    const statuses = { '/orders': 409, '/orders/base-1/bad': 500, '/orders/base-2/bad': 500 } as Record<
      string,
      number
    >
    answer = (request, response) => response.writeHead(statuses[request.url ?? ''] ?? 200).end('{}')
    await using load = await startLoad(options({ writesPerSecond: 0, probesPerSecond: 100 }))
    await expect.poll(() => seen.length).toBeGreaterThan(10)
    answer = (_request, response) =>
      response.writeHead(503, { 'retry-after': '3' }).end('{"code":"system-upgrading"}')
    const before = seen.length
    await expect.poll(() => seen.length).toBeGreaterThan(before + 10)
    const { probes } = await load.stop()
    for (const bug of ['duplicate-id', 'bad-column'] as const) {
      expect(probes[bug]).toMatchObject({ wrong: 0, unknown: 0 })
      expect(probes[bug].own).toBeGreaterThan(2)
      expect(probes[bug].upgrading).toBeGreaterThan(2)
    }
  })

  test('tries a friendly refusal again only when asked to, with the same id', async () => {
    const refusedOnce = new Set<string>()
    answer = (_request, response, body) => {
      const first = !refusedOnce.has(body)
      refusedOnce.add(body)
      if (first) response.writeHead(503, { 'retry-after': '0' }).end('{"code":"system-upgrading"}')
      else response.writeHead(201).end('{}')
    }
    await using load = await startLoad(options({ writesPerSecond: 50, retries: 1 }))
    await expect.poll(() => seen.length).toBeGreaterThan(6)
    const summary = await load.stop()
    expect(summary.writes.orders.refusedFriendly).toBe(0)
    expect(summary.writes.orders.acknowledged * 2).toBe(seen.length)
  })

  test('says so when its process dies', async () => {
    await using load = await startLoad(options())
    process.kill(load.pid, 'SIGKILL')
    await load.ended
    await expect(load.stop()).rejects.toMatchObject({ code: 'command.failed' })
  })

  test('leaves no process behind when it is disposed of', async () => {
    const load = await startLoad(options())
    const { pid } = load
    await load[Symbol.asyncDispose]()
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
  })

  test('does not start on a log that cannot be written', async () => {
    await expect(startLoad(options({ logFile: join(directory, 'no', 'such') }))).rejects.toMatchObject({
      code: 'command.failed',
    })
  })
})
