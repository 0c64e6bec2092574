import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { expect } from 'vitest'
import { openNacosCenter } from '../../../src/config-centers/nacos/open-nacos-center.ts'
import { CutoverError, isCutoverError } from '../../../src/core/errors.ts'
import type { Clock } from '../../../src/core/ports/clock.ts'
import type { ConfigCenter } from '../../../src/core/ports/config-center.ts'
import { Secret } from '../../../src/core/secret.ts'
import { systemClock } from '../../../src/core/system-clock.ts'

export const ref = { group: 'DEFAULT_GROUP', dataId: 'orders.yaml' }
export const key = (flavour: string) => ({ tenant: flavour === '2.5' ? '' : 'public', ...ref })
export const auth = { username: 'nacos', password: 'TopSecret-1' }
export const content = 'password: TopSecret-2\n'
export const theirs = { content: 'password: TopSecret-3\n', user: 'wang', ip: '10.0.0.9' }
export const soon = (): AbortSignal => AbortSignal.timeout(20_000)

/** Real time, ten times as fast: what waits five seconds is tested in half a second. */
export const fastClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now() * 10,
  sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
  after: (ms, callback) => systemClock.after(ms / 10, callback),
}

export function openCenter(
  servers: string | readonly string[],
  user?: { readonly username: string; readonly password: string },
  namespace = '',
): Promise<ConfigCenter> {
  return openNacosCenter(
    'nacos',
    {
      kind: 'nacos',
      servers: [servers].flat(),
      contextPath: '/nacos',
      namespace,
      ...(user && { username: user.username, password: 'env:NACOS_PASSWORD' }),
    },
    { resolve: () => Promise.resolve(new Secret('env:NACOS_PASSWORD', user?.password ?? '')) },
    fastClock,
  )
}

/** The error a call ends with; it must be the kit's own and give nothing away. */
export async function errorOf(call: Promise<unknown>): Promise<CutoverError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(CutoverError)
  expect(inspect(error, { depth: 10 })).not.toContain('TopSecret')
  if (!isCutoverError(error)) throw new Error('not reached')
  return error
}

export interface TinyServer extends AsyncDisposable {
  readonly url: string
  readonly seen: string[]
}

export interface TinyAnswer {
  readonly status: number
  readonly body?: string
  readonly headers?: Record<string, string>
}

/** A server that answers what the test says, for answers that no honest server gives. */
export async function startTinyServer(answer: (route: string) => TinyAnswer): Promise<TinyServer> {
  const seen: string[] = []
  const http = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://tiny').pathname
    const route = `${request.method} ${path.replace('/nacos', '')}`
    seen.push(route)
    const { status, body = '', headers = {} } = answer(route)
    request.resume().on('end', () => response.writeHead(status, headers).end(body))
  })
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        http.close(() => resolve())
      })
      http.closeAllConnections()
      await closed
    },
  }
}
