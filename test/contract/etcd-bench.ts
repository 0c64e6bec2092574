import { createServer, request as ask } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEtcdCenter } from '../../src/config-centers/etcd/open-etcd-center.ts'
import type { EtcdSpec } from '../../src/core/center-specs.ts'
import type { Clock } from '../../src/core/ports/clock.ts'
import type { ConfigCenter } from '../../src/core/ports/config-center.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import { startEtcd } from '../../src/lab/center/real/start-etcd.ts'
import type { RunningEtcd } from '../../src/lab/center/real/running-etcd.ts'
import type { StartEtcdOptions } from '../../src/lab/center/real/start-etcd.ts'
import { orAborted } from '../../src/core/deadline.ts'
import type { OpenedCenter } from './config-center.ts'

export const kit = { username: 'kit', password: new Secret('kit', 'kit-kit-kit') }

/** A real etcd with a directory of its own. */
export function startRealEtcd(options: Partial<StartEtcdOptions> = {}): Promise<RunningEtcd> {
  const directory = mkdtempSync(join(tmpdir(), 'etcd-test-'))
  return startEtcd({ directory, signal: AbortSignal.timeout(120_000), say: () => undefined, ...options })
}

/** The adapter, as a playbook would open it. */
export function openEtcd(
  servers: readonly string[],
  user?: { readonly username: string; readonly password: Secret },
  more: Partial<EtcdSpec> = {},
  clock: Clock = systemClock,
): Promise<ConfigCenter> {
  return openEtcdCenter(
    'etcd',
    {
      kind: 'etcd',
      servers: [...servers],
      prefix: '/config/',
      ...(user && { username: user.username, password: 'env:ETCD_PASSWORD' }),
      ...more,
    },
    { resolve: () => Promise.resolve(user?.password ?? new Secret('none', '')) },
    clock,
  )
}

/** What a suite for all kinds of centers gets: two clients of a real etcd, and the etcd with them. */
export async function openRealEtcd(auth?: typeof kit): Promise<OpenedCenter> {
  const server = await startRealEtcd(auth && { auth })
  // Two addresses of one member: each must answer for itself.
  const servers = [server.url, server.url.replace('127.0.0.1', 'localhost')]
  const center = await openEtcd(servers, auth)
  const other = await openEtcd([server.url], auth)
  return {
    center,
    other,
    async [Symbol.asyncDispose]() {
      await center[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** What becomes of a request: `lose-request` never reaches etcd, of `lose-answer` the answer does not come back. */
export type Fate =
  | 'serve'
  | 'lose-request'
  | 'lose-answer'
  | { readonly status: number; readonly body: string }

export interface Meddler extends AsyncDisposable {
  readonly url: string
  /** How many requests were sent to a path. */
  count(path: string): number
}

/** Stands before an etcd and meddles with chosen requests; a text in place of the answer goes out after etcd's. */
export async function startMeddler(
  etcd: string,
  fateOf: (path: string) => Fate | Promise<Fate>,
): Promise<Meddler> {
  const seen: string[] = []
  const http = createServer((request, response) => {
    const path = request.url ?? ''
    seen.push(path)
    meddle(etcd, request, response, fateOf(path)).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    count: (path) => seen.filter((each) => each === path).length,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => {
        http.close(resolve)
      })
    },
  }
}

async function meddle(
  etcd: string,
  request: IncomingMessage,
  response: ServerResponse,
  decided: Fate | Promise<Fate>,
): Promise<void> {
  const fate = await decided
  if (fate === 'lose-request') return void response.destroy()
  const answer = await passOn(etcd, request)
  if (fate === 'serve') {
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    return void answer.pipe(response)
  }
  // Only when it has answered has etcd done it.
  for await (const chunk of answer) void chunk
  if (fate === 'lose-answer') return void response.destroy()
  response.writeHead(fate.status).end(fate.body)
}

function passOn(etcd: string, request: IncomingMessage): Promise<IncomingMessage> {
  const { method, headers, url = '' } = request
  return new Promise((resolve, reject) => {
    const sent = ask(`${etcd}${url}`, { method, headers, agent: false }, resolve)
    sent.once('error', reject)
    request.pipe(sent)
  })
}

/** The versions of a document as they are seen, until it is stopped. */
export interface Watching {
  readonly seen: readonly (string | null)[]
  stop(): Promise<void>
}

export function watchThrough(center: ConfigCenter, ref: { group: string; dataId: string }): Watching {
  const stop = new AbortController()
  const seen: (string | null)[] = []
  const watching = (async () => {
    for await (const document of center.watch(ref, stop.signal)) seen.push(document?.content ?? null)
  })()
  return {
    seen,
    async stop() {
      stop.abort()
      await orAborted(watching, AbortSignal.timeout(5000))
    },
  }
}
