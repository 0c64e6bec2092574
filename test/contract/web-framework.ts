import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Notice } from '../../src/core/notice.ts'
import { Secret } from '../../src/core/secret.ts'
import { createWriteGate } from '../../src/service/gate/create-write-gate.ts'
import { GateError } from '../../src/service/gate/gate-error.ts'
import type {
  BeforeHandlerOptions,
  DecisionEvent,
  PauseEvent,
  UpgradeWindow,
  UpgradingOptions,
} from '../../src/service/http.ts'
import { rememberUnit } from '../../src/service/http.ts'
import { createFakeClock } from '../fakes/fake-clock.ts'
import type { Exchange, RunningService, StartService } from './web-framework-services.ts'
import { upgradingNotice as notice } from '../fakes/upgrading-notice.ts'

const now = new Date('2026-11-21T02:00:10.000Z')

const holding: Notice = {
  ...notice,
  phase: 'holding',
  hold: { at: '2026-11-21T02:00:05.000Z', drainMs: 1000, late: 'keep', limitMs: 8000 },
}
const upgrade: UpgradeWindow = { notice, grace: false }

const refused = Object.assign(
  new Error("INSERT command denied to user 'app'@'10.1.2.3' for table `orders`"),
  { errno: 1142, sqlState: '42000', sql: 'INSERT INTO orders VALUES (42)' },
)
const lost = Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
const duplicate = Object.assign(new Error('Duplicate entry'), { errno: 1062, sqlState: '23000' })
const down = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', syscall: 'connect', fatal: true })

export interface FrameworkTraits {
  /** Handlers can send a part of their answer and then fail. */
  readonly begins: boolean
  /** Things that are no Error reach the framework's error handler when they are thrown. */
  readonly throwsAnything: boolean
}

interface Setup {
  readonly handle?: (exchange: Exchange) => unknown
  readonly errors?: Partial<UpgradingOptions>
  readonly before?: Partial<BeforeHandlerOptions>
  readonly window?: UpgradeWindow | undefined
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** What every adapter does alike, shown by requests to a real server of its framework. */
export function webFrameworkContract(name: string, start: StartService, traits: FrameworkTraits): void {
  describe(name, () => {
    const services: RunningService[] = []
    const handled = vi.fn<(exchange: Exchange) => void>()
    beforeEach(() => handled.mockClear())
    afterEach(async () => {
      for (const service of services.splice(0)) await service[Symbol.asyncDispose]()
    })

    async function serve({ handle, errors, before, ...rest }: Setup = {}) {
      const passedOn: unknown[] = []
      const window = 'window' in rest ? rest.window : upgrade
      const common = { notices: { window: () => window }, clock: createFakeClock(now), random: () => 0 }
      const service = await start({
        errors: { ...common, ...errors },
        before: before === undefined ? undefined : { ...common, ...before },
        handle(exchange) {
          handled(exchange)
          return handle?.(exchange) ?? { stored: true }
        },
        passedOn: (error) => void passedOn.push(error),
      })
      services.push(service)
      const send = async (
        method = 'POST',
        headers: Record<string, string> = {},
        path = '/orders',
        more: { signal?: AbortSignal; body?: string } = {},
      ): Promise<Answer> => {
        const response = await fetch(service.url + path, { method, headers, ...more })
        return { status: response.status, headers: response.headers, body: await response.text() }
      }
      return { send, passedOn }
    }

    const fail = (): never => {
      throw new Error('nobody should have called this')
    }
    const failing = (error: unknown) => ({
      async handle(): Promise<never> {
        throw error
      },
    })

    describe('a refused write in a window', () => {
      it('is a 503 with the time left, told in JSON by default', async () => {
        const { send, passedOn } = await serve(failing(refused))
        const answer = await send()
        expect(answer.status).toBe(503)
        expect(answer.headers.get('retry-after')).toBe('20')
        expect(answer.headers.get('cache-control')).toBe('no-store')
        expect(answer.headers.get('content-language')).toBe('zh-CN')
        expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After')
        expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(answer.body)))
        expect(answer.headers.get('etag')).toBeNull()
        expect(JSON.parse(answer.body)).toMatchObject({
          code: 'system-upgrading',
          message: '系统升级中，请稍后再试',
          phase: 'upgrading',
          retryAfter: 20,
        })
        expect(passedOn).toEqual([])
      })

      it('never shows SQL, hosts, accounts or a stack', async () => {
        const { send } = await serve(failing(refused))
        for (const accept of ['application/json', 'application/problem+json', 'text/html', 'text/plain']) {
          const { body, headers } = await send('POST', { Accept: accept })
          expect(`${body}${JSON.stringify([...headers])}`).not.toMatch(
            /INSERT|10\.1\.2\.3|'app'|denied|\.ts:/,
          )
        }
      })

      it('comes in the media type the client likes best', async () => {
        const { send } = await serve(failing(refused))
        const types: Readonly<Record<string, string>> = {
          'application/problem+json': 'application/problem+json',
          'text/html,application/xhtml+xml,*/*;q=0.8': 'text/html',
          'text/plain': 'text/plain',
          '*/*': 'application/json',
          'image/png': 'application/json',
        }
        for (const [accept, type] of Object.entries(types)) {
          const { headers } = await send('POST', { Accept: accept })
          expect(headers.get('content-type'), accept).toBe(`${type}; charset=utf-8`)
          expect(headers.get('vary')).toBe('Accept, Accept-Language')
        }
      })

      it('speaks the language the client likes best, Chinese when it has none of them', async () => {
        const { send } = await serve(failing(refused))
        const chinese = ['zh-CN', '系统升级中，请稍后再试']
        const english = ['en', 'System upgrading, please try again later']
        const wishes: Readonly<Record<string, readonly string[]>> = {
          'en-US,en;q=0.9': english,
          'zh-TW': chinese,
          fr: chinese,
          'fr;q=0.9, en;q=0.1': english,
        }
        for (const [wish, [language, message]] of Object.entries(wishes)) {
          const { headers, body } = await send('POST', { 'Accept-Language': wish })
          expect(headers.get('content-language'), wish).toBe(language)
          expect(JSON.parse(body)).toMatchObject({ message })
        }
      })

      it("uses the notice's own text, escaped in HTML, and no language tag that could break a header", async () => {
        const message = { 'zh-CN': '<b>今晚升级</b>', 'x\r\nSet-Cookie: a': 'evil' }
        const window = { notice: { ...notice, message }, grace: false }
        const { send } = await serve({ ...failing(refused), window })
        const html = await send('POST', { Accept: 'text/html', 'Accept-Language': 'zh' })
        expect(html.body).toContain('&#60;b&#62;今晚升级&#60;/b&#62;')
        expect(html.headers.get('set-cookie')).toBeNull()
        expect(JSON.parse((await send('POST', { 'Accept-Language': 'en' })).body)).toMatchObject({
          message: 'System upgrading, please try again later',
        })
      })

      it('reloads an HTML page by itself only after a GET', async () => {
        const { send } = await serve(failing(refused))
        const page = await send('GET', { Accept: 'text/html' })
        expect(page.body).toContain('http-equiv="refresh" content="20"')
        expect((await send('POST', { Accept: 'text/html' })).body).not.toContain('refresh')
      })

      it('follows RFC 9457 and can be found again by its instance', async () => {
        const onDecision = vi.fn<(event: DecisionEvent) => void>()
        const { send } = await serve({ ...failing(refused), errors: { onDecision } })
        const body: unknown = JSON.parse((await send('POST', { Accept: 'application/problem+json' })).body)
        expect(body).toMatchObject({
          type: 'urn:cutover-kit:system-upgrading',
          status: 503,
          title: '系统升级中',
        })
        const event = onDecision.mock.calls[0]?.[0]
        expect(event).toMatchObject({ decision: { errno: 1142, class: 'rejected' }, shadow: false })
        expect(event?.error).toBe(refused)
        expect(event?.request).toMatchObject({ method: 'POST', path: '/orders' })
        expect(body).toMatchObject({ instance: event?.answer?.instance })
      })

      it('replaces caching headers and a half-described body, and keeps CORS and cookies', async () => {
        const { send } = await serve({
          handle: ({ header }) => {
            header('ETag', '"abc"')
            header('Last-Modified', 'Sat, 21 Nov 2026 00:00:00 GMT')
            header('Cache-Control', 'public, max-age=600')
            header('Expires', 'Sat, 21 Nov 2026 10:00:00 GMT')
            header('Content-Encoding', 'gzip')
            header('Content-Disposition', 'attachment')
            header('Content-Type', 'image/png')
            header('Access-Control-Allow-Origin', 'https://shop.example')
            header('Access-Control-Expose-Headers', 'X-Total')
            header('Vary', 'Origin')
            header('Set-Cookie', 'a=b')
            throw refused
          },
        })
        const { headers } = await send()
        for (const gone of ['etag', 'last-modified', 'expires', 'content-encoding', 'content-disposition']) {
          expect(headers.get(gone)).toBeNull()
        }
        expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
        expect(headers.get('cache-control')).toBe('no-store')
        expect(headers.get('access-control-allow-origin')).toBe('https://shop.example')
        expect(headers.get('access-control-expose-headers')).toBe('X-Total, Retry-After')
        expect(headers.get('vary')).toBe('Origin, Accept, Accept-Language')
        expect(headers.get('set-cookie')).toBe('a=b')
      })

      it('to HEAD is headers only', async () => {
        const { send } = await serve(failing(refused))
        const answer = await send('HEAD')
        expect(answer).toMatchObject({ status: 503, body: '' })
        expect(answer.headers.get('retry-after')).toBe('20')
      })

      it('can take a form of the service’s own', async () => {
        const format: UpgradingOptions['format'] = ({ message }) => ({
          status: 200,
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ code: 50_301, msg: message }),
        })
        const { send } = await serve({ ...failing(refused), errors: { format } })
        expect(await send()).toMatchObject({
          status: 200,
          body: '{"code":50301,"msg":"系统升级中，请稍后再试"}',
        })
      })

      it('is still answered when a hook of the service fails', async () => {
        const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
        const broken = (): never => {
          throw new Error('hook')
        }
        const { send } = await serve({
          ...failing(refused),
          errors: { format: broken, onDecision: broken, contextOf: broken, countError: broken },
        })
        expect((await send()).status).toBe(503)
        expect(warn).toHaveBeenCalledTimes(4)
      })

      it('late, in the grace time, asks for a short retry', async () => {
        const { send } = await serve({ ...failing(refused), window: { notice, grace: true } })
        const answer = await send()
        expect(answer.status).toBe(503)
        expect(answer.headers.get('retry-after')).toBe('3')
      })
    })

    describe('a write whose fate is unknown', () => {
      it('says so, has a type of its own and no Retry-After', async () => {
        const { send } = await serve(failing(lost))
        const answer = await send('POST', { Accept: 'application/problem+json', 'Accept-Language': 'en' })
        expect(answer.status).toBe(500)
        expect(answer.headers.get('retry-after')).toBeNull()
        expect(JSON.parse(answer.body)).toMatchObject({
          type: 'urn:cutover-kit:write-outcome-unknown',
          code: 'write-outcome-unknown',
          detail: expect.stringContaining('check before you send it again') as string,
        })
      })

      it('is known after all when the transaction had not been committed, or when it was a read', async () => {
        const inTransaction = Object.assign(new Error('x'), lost)
        rememberUnit(inTransaction, { inTransaction: true })
        const write = await serve(failing(inTransaction))
        expect((await write.send()).status).toBe(503)
        const read = await serve(failing(lost))
        expect((await read.send('GET')).status).toBe(503)
      })

      it('is judged by the context the service gives', async () => {
        const contextOf = () => ({ inTransaction: true, commitSent: true })
        const { send } = await serve({ ...failing(lost), errors: { contextOf } })
        expect((await send('GET')).status).toBe(500)
      })
    })

    describe('what goes on to the next handler, the very same object', () => {
      const others: readonly (readonly [string, unknown])[] = [
        ['a duplicate key', duplicate],
        ['a database that is not there', down],
        ['a bug', new TypeError('x')],
        ...(traits.throwsAnything ? ([['a thrown text', 'text']] as const) : []),
      ]
      it.each(others)('%s', async (_name, error) => {
        const { send, passedOn } = await serve(failing(error))
        expect(await send()).toMatchObject({ status: 500, body: 'its own error' })
        expect(passedOn).toHaveLength(1)
        expect(passedOn[0]).toBe(error)
      })

      it('everything outside a window, without even being told of', async () => {
        const onDecision = vi.fn<(event: DecisionEvent) => void>()
        const { send, passedOn } = await serve({
          ...failing(refused),
          errors: { onDecision },
          window: undefined,
        })
        expect((await send()).status).toBe(500)
        expect(passedOn[0]).toBe(refused)
        expect(onDecision).not.toHaveBeenCalled()
      })

      it('numbers that mean different things, unless the flavour is known', async () => {
        const locked = Object.assign(new Error('locked'), { errno: 4151, sqlState: 'HY000' })
        const unknown = await serve(failing(locked))
        expect((await unknown.send()).status).toBe(500)
        const known = await serve({ ...failing(locked), errors: { flavour: () => 'mariadb' } })
        expect((await known.send()).status).toBe(503)
      })

      if (traits.begins) {
        it('an error after the answer has begun', async () => {
          const { send, passedOn } = await serve({
            handle: ({ begin }) => {
              begin?.('half')
              throw refused
            },
          })
          await expect(send()).rejects.toThrow(/terminated|fetch failed/)
          expect(passedOn[0]).toBe(refused)
        })
      }
    })

    describe('modes', () => {
      it('always: answers a refused write without any notice, and leaves lost connections alone', async () => {
        const { send } = await serve({
          ...failing(refused),
          errors: { mode: 'always' },
          window: undefined,
        })
        const answer = await send()
        expect(answer.status).toBe(503)
        expect(answer.headers.get('retry-after')).toBe('3')
        const other = await serve({ ...failing(lost), errors: { mode: 'always' }, window: undefined })
        expect((await other.send()).body).toBe('its own error')
      })

      it('shadow: tells what would be answered, and changes nothing', async () => {
        const onDecision = vi.fn<(event: DecisionEvent) => void>()
        const countError = vi.fn<(fate: string) => void>()
        const { send, passedOn } = await serve({
          ...failing(refused),
          errors: { mode: 'shadow', onDecision, countError },
        })
        expect(await send()).toMatchObject({ status: 500, body: 'its own error' })
        expect(passedOn[0]).toBe(refused)
        expect(onDecision.mock.calls[0]?.[0]).toMatchObject({
          shadow: true,
          answer: { code: 'system-upgrading' },
        })
        expect(countError).not.toHaveBeenCalled()
      })
    })

    it('counts what it answered, passed on, and does not know', async () => {
      const counted: string[] = []
      const bugs = { refused: vi.fn<() => void>(), succeeded: fail, found: [], [Symbol.dispose]: fail }
      const errors = { countError: (fate: string) => void counted.push(fate), bugs }
      for (const error of [refused, duplicate, lost]) {
        const { send } = await serve({ ...failing(error), errors })
        await send()
      }
      expect(counted).toEqual(['mapped', 'passed', 'unknown'])
      expect(bugs.refused.mock.calls).toMatchObject([[refused, { errno: 1142 }]])
    })

    it('answers "upgrading" for what the gate of the pool rejected, also when the notice is over', async () => {
      const expired = new GateError('expired', 'held for 8 s')
      const wrapped = new Error('query failed', { cause: expired })
      for (const error of [expired, wrapped]) {
        const { send } = await serve({ ...failing(error), window: undefined })
        const answer = await send()
        expect(answer.status).toBe(503)
        expect(answer.headers.get('retry-after')).toBe('3')
        expect(JSON.parse(answer.body)).toMatchObject({ code: 'system-upgrading' })
      }
    })

    describe('before the handler', () => {
      it('lets everything pass when there is no window', async () => {
        const { send } = await serve({ before: { gate: createWriteGate() }, window: undefined })
        expect(await send()).toMatchObject({ status: 200, body: '{"stored":true}' })
      })

      it('refuses what writes while the service is being upgraded, and its handler never runs', async () => {
        const counted: string[] = []
        const onPause = vi.fn<(event: PauseEvent) => void>()
        const { send, passedOn } = await serve({
          before: { onPause, countError: (fate) => void counted.push(fate) },
        })
        const answer = await send('POST', { Accept: 'application/problem+json', 'Accept-Language': 'en' })
        expect(answer.status).toBe(503)
        expect(answer.headers.get('retry-after')).toBe('20')
        expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
        expect(answer.headers.get('cache-control')).toBe('no-store')
        expect(handled).not.toHaveBeenCalled()
        expect(passedOn).toEqual([])
        const event = onPause.mock.calls[0]?.[0]
        expect(event).toMatchObject({ outcome: 'refused', shadow: false, request: { path: '/orders' } })
        expect(JSON.parse(answer.body)).toMatchObject({ instance: event?.answer?.instance })
        expect(counted).toEqual(['mapped'])
      })

      it('lets reads and exempt routes pass, and stops reads that write', async () => {
        const { send } = await serve({
          before: { exempt: ['/health', 'POST /hooks/*'], writers: ['/reports/build'] },
        })
        expect((await send('GET')).status).toBe(200)
        expect((await send('HEAD')).status).toBe(200)
        expect((await send('POST', {}, '/health')).status).toBe(200)
        expect((await send('POST', {}, '/hooks/payment?id=1')).status).toBe(200)
        expect((await send('PUT', {}, '/hooks/payment')).status).toBe(503)
        expect((await send('GET', {}, '/reports/build')).status).toBe(503)
      })

      it('lets writes pass in the grace time', async () => {
        const { send } = await serve({ before: {}, window: { notice, grace: true } })
        expect((await send()).status).toBe(200)
      })

      it('holds what writes until the gate is released, then runs its handler once', async () => {
        const gate = createWriteGate()
        gate.close({ epoch: 1, limitMs: 60_000 })
        const { send } = await serve({ before: { gate }, window: { notice: holding, grace: false } })
        const answer = send()
        await expect.poll(() => gate.counts().held).toBe(1)
        expect(handled).not.toHaveBeenCalled()
        expect((await send('GET')).status).toBe(200)
        gate.release()
        expect(await answer).toMatchObject({ status: 200, body: '{"stored":true}' })
        expect(handled).toHaveBeenCalledTimes(2)
        expect(gate.counts().running).toBe(0)
      })

      it('keeps what a held client has sent for the handler', async () => {
        const gate = createWriteGate()
        gate.close({ epoch: 1, limitMs: 60_000 })
        const { send } = await serve({
          handle: async (exchange) => ({ read: await exchange.body() }),
          before: { gate },
          window: { notice: holding, grace: false },
        })
        const body = JSON.stringify({ note: 'x'.repeat(90_000) })
        const answer = send('POST', { 'Content-Type': 'application/json' }, '/orders', { body })
        await expect.poll(() => gate.counts().held).toBe(1)
        expect(gate.counts().heldBytes).toBeGreaterThan(90_000)
        gate.release()
        expect(JSON.parse((await answer).body)).toEqual({ read: body })
      })

      it('answers "upgrading" when the hold takes too long, and when the gate is full', async () => {
        const clock = createFakeClock(now)
        const gate = createWriteGate({ clock, limits: { held: 1, heldPerKey: 1 } })
        gate.close({ epoch: 1, limitMs: 1000 })
        const { send } = await serve({ before: { gate }, window: { notice: holding, grace: false } })
        const first = send()
        await expect.poll(() => gate.counts().held).toBe(1)
        expect(await send()).toMatchObject({ status: 503 })
        await clock.advance(1000)
        const answer = await first
        expect(answer.status).toBe(503)
        expect(JSON.parse(answer.body)).toMatchObject({ code: 'system-upgrading', phase: 'holding' })
        expect(handled).not.toHaveBeenCalled()
      })

      it('forgets a held request whose client has left', async () => {
        const gate = createWriteGate()
        gate.close({ epoch: 1, limitMs: 60_000 })
        const outcomes: string[] = []
        const { send } = await serve({
          before: { gate, onPause: ({ outcome }) => void outcomes.push(outcome) },
          window: { notice: holding, grace: false },
        })
        const client = new AbortController()
        const answer = send('POST', {}, '/orders', { signal: client.signal })
        answer.catch(() => undefined) // awaited below
        await expect.poll(() => gate.counts().held).toBe(1)
        client.abort()
        await expect(answer).rejects.toThrow('aborted')
        await expect.poll(() => gate.counts()).toMatchObject({ held: 0, abandoned: 1 })
        gate.release()
        await expect.poll(() => outcomes).toEqual(['abandoned'])
        expect(handled).not.toHaveBeenCalled()
      })

      it('refuses at once where the gate refuses, and where it is told not to hold', async () => {
        const gate = createWriteGate()
        gate.refuse('no word from the runner')
        const refusing = await serve({ before: { gate }, window: undefined })
        expect((await refusing.send()).status).toBe(503)
        const closed = createWriteGate()
        closed.close({ epoch: 1, limitMs: 60_000 })
        const window = { notice: holding, grace: false }
        const told = await serve({ before: { gate: closed, whileHolding: 'refuse' }, window })
        expect((await told.send()).status).toBe(503)
        expect(handled).not.toHaveBeenCalled()
      })

      it('without a gate refuses from the moment at which others hold', async () => {
        const from = await serve({ before: {}, window: { notice: holding, grace: false } })
        expect((await from.send()).status).toBe(503)
        const later = { drainMs: 1, late: 'keep', limitMs: 1, at: '2026-11-21T02:00:20.000Z' } as const
        const ahead = await serve({
          before: {},
          window: { notice: { ...holding, hold: later }, grace: false },
        })
        expect((await ahead.send()).status).toBe(200)
      })

      it('in mode shadow lets everything pass and tells what it would have done', async () => {
        const gate = createWriteGate()
        gate.close({ epoch: 1, limitMs: 60_000 })
        const onPause = vi.fn<(event: PauseEvent) => void>()
        const upgrading = await serve({ before: { mode: 'shadow', onPause } })
        expect((await upgrading.send()).status).toBe(200)
        const held = await serve({ before: { mode: 'shadow', gate, onPause } })
        expect((await held.send()).status).toBe(200)
        expect(onPause.mock.calls.map(([event]) => event)).toMatchObject([
          { outcome: 'refused', shadow: true, answer: { code: 'system-upgrading' } },
          { outcome: 'released', shadow: true },
        ])
        expect(gate.counts().held).toBe(0)
      })

      it('hands what the gate throws by mistake to the next handler', async () => {
        const broken = new Error('a defect')
        const gate = { state: 'closed' as const, enter: () => Promise.reject(broken) }
        const { send, passedOn } = await serve({ before: { gate } })
        expect((await send()).body).toBe('its own error')
        expect(passedOn[0]).toBe(broken)
      })
    })

    describe('a rehearsal', () => {
      const token = 'a-token-of-some-length'
      it('shows either answer without a window to who has the token, and runs no handler', async () => {
        const { send } = await serve({ before: { rehearsal: { token } }, window: undefined })
        const shown = await send('GET', { 'Cutover-Rehearsal': token })
        expect(shown.status).toBe(503)
        expect(JSON.parse(shown.body)).toMatchObject({ code: 'system-upgrading' })
        const unknown = await send('POST', { 'Cutover-Rehearsal': `${token} unknown` })
        expect(unknown.status).toBe(500)
        expect(JSON.parse(unknown.body)).toMatchObject({ code: 'write-outcome-unknown' })
        expect(handled).not.toHaveBeenCalled()
      })

      it('is nothing without the token, or with another one', async () => {
        const rehearsal = { token: new Secret('rehearsal', token), header: 'X-Show' }
        const { send } = await serve({ before: { rehearsal }, window: undefined })
        expect((await send('POST', { 'X-Show': token })).status).toBe(503)
        expect((await send()).status).toBe(200)
        expect((await send('POST', { 'X-Show': 'another-token-of-some-length' })).status).toBe(200)
        expect((await send('POST', { 'X-Show': `${token} else` })).status).toBe(200)
        expect((await send('POST', { 'Cutover-Rehearsal': token })).status).toBe(200)
      })
    })
  })
}
