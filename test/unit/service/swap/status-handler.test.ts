import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InstanceStatus } from '../../../../src/core/instance-status.ts'
import { Secret } from '../../../../src/core/secret.ts'
import type { StatusServer } from '../../../../src/service/swap/serve-status.ts'
import { serveStatus } from '../../../../src/service/swap/serve-status.ts'
import { createWriteGate } from '../../../../src/service/gate/create-write-gate.ts'
import type { WriteGate } from '../../../../src/service/gate/write-gate.ts'
import { createAwaitGate } from '../../../../src/service/swap/await-gate.ts'
import { createStatusHandler } from '../../../../src/service/swap/status-handler.ts'
import { systemClock } from '../../../../src/core/system-clock.ts'

const token = 'a-long-enough-token'
const status = { kind: 'cutover-instance', service: 'orders' } as InstanceStatus
let server: StatusServer
let gate: WriteGate

beforeEach(async () => {
  gate = createWriteGate({ clock: systemClock })
  const tell = (): InstanceStatus => ({ ...status, gate: gate.state })
  const handler = createStatusHandler(
    { token: new Secret('status', token) },
    tell,
    createAwaitGate(gate, systemClock),
  )
  server = await serveStatus(handler, { port: 0 })
})
afterEach(() => server[Symbol.asyncDispose]())

const never = () => () => undefined
const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init)
const bearer = (value: string) => ({ headers: { Authorization: `Bearer ${value}` } })

describe('the status of an instance', () => {
  it('is given to who knows the token, and is not to be kept by anybody on the way', async () => {
    const answer = await ask('/cutover/status?from=runner', bearer(token))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toEqual({ ...status, gate: 'open' })
  })

  it.each([
    ['none', {}],
    ['a wrong one', bearer('another-long-token')],
    ['a part of it', bearer(token.slice(0, -1))],
    ['another scheme', { headers: { Authorization: `Basic ${token}` } }],
    ['nothing but the scheme', bearer('')],
  ])('is not given with %s, whatever the method', async (_name, init) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await ask('/cutover/status', { ...init, method })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      expect(await answer.json()).toEqual({ error: 'unauthorized' })
    }
  })

  it('is read only', async () => {
    const answer = await ask('/cutover/status', { ...bearer(token), method: 'POST' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET'])
  })

  it('is at one path', async () => {
    for (const path of ['/', '/cutover/status/', '/cutover/statusx']) {
      expect((await ask(path, bearer(token))).status).toBe(404)
    }
  })

  it('leaves requests for other paths to the service', () => {
    const handler = createStatusHandler({ token, path: '/internal/cutover' }, () => status, never)
    expect(handler({ url: '/cutover/status' } as never, {} as never)).toBe(false)
  })

  it('wants a token that cannot be guessed', () => {
    expect(() => createStatusHandler({ token: 'short' }, () => status, never)).toThrow('fewer than 16')
  })

  it('waits for a state of the gate, and is answered the moment the gate has it', async () => {
    let answered = false
    const asking = ask('/cutover/status?gate=closed,refusing&within=900', bearer(token)).then((answer) => {
      answered = true
      return answer.json()
    })
    await ask('/cutover/status', bearer(token)) // the first question has arrived by now
    expect(answered).toBe(false)
    gate.close({ epoch: 1, limitMs: 5_000 })
    expect(await asking).toMatchObject({ gate: 'closed' })
  })

  it('is answered at once when the gate is so already, and after the time that is given when it is not', async () => {
    const at = async (query: string) => (await ask(`/cutover/status?${query}`, bearer(token))).json()
    expect(await at('gate=open&within=900')).toMatchObject({ gate: 'open' })
    expect(await at('gate=closed&within=20')).toMatchObject({ gate: 'open' })
  })

  it.each(['gate=ajar&within=900', 'within=900', 'gate=closed', 'gate=closed&within=soon'])(
    'is answered at once where the wish cannot be read: %s',
    async (query) => {
      const answer = await ask(`/cutover/status?${query}`, bearer(token))
      expect(await answer.json()).toMatchObject({ gate: 'open' })
    },
  )

  it('forgets who went away while waiting', async () => {
    const leaving = new AbortController()
    const asking = ask('/cutover/status?gate=closed&within=900', {
      ...bearer(token),
      signal: leaving.signal,
    }).catch(() => 'gone')
    await ask('/cutover/status', bearer(token))
    leaving.abort()
    expect(await asking).toBe('gone')
    gate.close({ epoch: 1, limitMs: 5_000 })
    expect((await ask('/cutover/status', bearer(token))).status).toBe(200)
  })

  it('closes connections that are kept open when its server ends', async () => {
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET /cutover/status HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n')
    await once(socket, 'data')
    const closed = once(socket, 'close')
    await server[Symbol.asyncDispose]()
    await closed
    await expect(ask('/cutover/status')).rejects.toThrow('fetch failed')
    server = { port: 0, [Symbol.asyncDispose]: () => Promise.resolve() }
  })
})
