import { execa } from 'execa'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openConfigCenter } from '../../../src/config-centers/open-config-center.ts'
import type { ConfigCenter } from '../../../src/core/ports/config-center.ts'
import { systemClock } from '../../../src/core/system-clock.ts'
import { startNacosServer, type RunningNacos } from '../../../src/lab/center/start-nacos-server.ts'

const cutover = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const ref = { group: 'DEFAULT_GROUP', dataId: 'orders.yaml' }
const text = (user: string, password: string): string =>
  `db:\n  url: jdbc:mysql://10.0.0.1:3306/orders\n  who: ${user}\n  word: ${password}\n`
const signal = new AbortController().signal

let server: RunningNacos
let center: ConfigCenter
let directory: string

beforeAll(async () => {
  server = await startNacosServer({ flavour: '3.1' })
  const spec = { kind: 'nacos' as const, servers: [server.url], contextPath: '/nacos', namespace: '' }
  center = await openConfigCenter(
    'nacos',
    spec,
    { resolve: () => Promise.reject(new Error('none')) },
    systemClock,
  )
  const first = await center.put(ref, text('orders_app', 'Hidden-One'), { expect: 'absent' }, signal)
  await center.put(ref, text('orders_rw', 'Hidden-Two'), { expect: { etag: first.etag } }, signal)
  directory = await mkdtemp(join(tmpdir(), 'cutover-document-'))
  await writeFile(
    join(directory, 'playbook.yaml'),
    `name: small
purpose: Show a document.
confirm: target
systems: { nacos: { kind: nacos, servers: '${server.url}' } }
services:
  orders:
    document: { center: nacos, dataId: orders.yaml }
    fields: { url: db.url, user: db.who, password: db.word }
    url: http://127.0.0.1:9
    instances: [{ name: one, url: 'http://127.0.0.1:9', restart: { command: ['true'] } }]
pause: { budget: 1m, steps: [{ gate: services-healthy, with: { services: [orders] } }] }
`,
  )
})
afterAll(async () => {
  await center[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

async function call(verb: string, ...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [cutover, 'document', verb, join(directory, 'playbook.yaml'), 'orders', ...args],
    { reject: false, stdin: 'ignore' },
  )
  expect(`${stdout}${stderr}`).not.toContain('Hidden-')
  return { exitCode, stdout, stderr }
}

describe('cutover document', () => {
  it('lists, shows, compares and rolls back, without a password in what it prints', async () => {
    const listed = JSON.parse((await call('history', '--json')).stdout) as {
      etag: string
      versions: { id: string; operation: string }[]
    }
    expect(listed.versions.map(({ operation }) => operation)).toEqual(['update', 'insert'])
    const first = listed.versions[1]?.id ?? ''

    expect((await call('show', first)).stdout).toContain('who: orders_app\n  word: ‹masked›')
    expect((await call('diff', first)).stdout).toBe(
      '-   3   who: orders_app\n-   4   word: ‹masked›\n+   3   who: orders_rw\n+   4   word: ‹masked›',
    )

    const unasked = await call('rollback', first)
    expect(unasked).toMatchObject({
      exitCode: 10,
      stderr: expect.stringContaining(`--yes --etag ${listed.etag}`) as string,
    })
    expect(await call('rollback', first, '--yes')).toMatchObject({ exitCode: 2 })
    expect(await call('rollback', first, '--yes', '--etag', 'stale')).toMatchObject({ exitCode: 3 })

    const done = await call('rollback', first, '--yes', '--etag', listed.etag)
    expect(done).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('nothing was restarted') as string,
    })
    expect((await center.get(ref, signal))?.content).toBe(text('orders_app', 'Hidden-One'))
  })
})
