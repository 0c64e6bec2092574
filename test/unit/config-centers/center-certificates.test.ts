import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendRequest } from '../../../src/config-centers/shared/send-request.ts'
import { openNacosCenter } from '../../../src/config-centers/nacos/open-nacos-center.ts'
import type { ConfigCenter } from '../../../src/core/ports/config-center.ts'
import { systemClock } from '../../../src/core/system-clock.ts'
import { errorOf, ref, soon } from './nacos-bench.ts'

const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
const at = (name: string): string => join(folder, name)
const openssl = (...args: string[]): void =>
  void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })

/** An authority that lives as long as the test. */
function makeAuthority(name: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`]
  openssl('req', '-x509', ...key, '-out', `${name}.pem`, '-days', '2', '-subj', `/CN=${name}`)
}

/** A certificate of that authority for this name or address. */
function makeCertificate(name: string, authority: string, subject: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`]
  openssl('req', ...key, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
  writeFileSync(at(`${name}.ext`), `subjectAltName=${subject}\n`)
  const by = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial']
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...by,
    '-out',
    `${name}.pem`,
    '-days',
    '2',
    '-extfile',
    `${name}.ext`,
  )
}

interface SecureServer extends AsyncDisposable {
  readonly url: string
  requests: number
}

async function startSecureServer(certificate: string): Promise<SecureServer> {
  const files = { key: readFileSync(at(`${certificate}.key`)), cert: readFileSync(at(`${certificate}.pem`)) }
  const https = createServer(files, (request, response) => {
    state.requests += 1
    const isState = request.url?.endsWith('/v3/admin/core/state') === true
    response.writeHead(isState ? 200 : 404)
    response.end(isState ? '{"code":0,"data":{"version":"3.1.0"}}' : '{"code":20004}')
  })
  https.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => {
    https.listen(0, '127.0.0.1', resolve)
  })
  const state = {
    url: `https://127.0.0.1:${(https.address() as AddressInfo).port}`,
    requests: 0,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        https.close(() => resolve())
      })
      https.closeAllConnections()
      await closed
    },
  }
  return state
}

function openCenter(url: string, ca?: string): Promise<ConfigCenter> {
  const spec = { kind: 'nacos' as const, servers: [url], contextPath: '/nacos', namespace: '', ca }
  const secrets = { resolve: () => Promise.reject(new Error('no secret is needed')) }
  return openNacosCenter('nacos', spec, secrets, systemClock)
}

let right: SecureServer
let elsewhere: SecureServer

beforeAll(async () => {
  for (const name of ['ours', 'theirs']) makeAuthority(name)
  makeCertificate('right', 'ours', 'IP:127.0.0.1')
  makeCertificate('elsewhere', 'ours', 'DNS:another.host')
  right = await startSecureServer('right')
  elsewhere = await startSecureServer('elsewhere')
})
afterAll(async () => {
  await right[Symbol.asyncDispose]()
  await elsewhere[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

describe('a config center with https', () => {
  it('is believed when its authority is named and its name is right', async () => {
    await using center = await openCenter(right.url, at('ours.pem'))
    expect(await center.get(ref, soon())).toBeNull()
  })

  it.each([
    ['nobody knows its authority', () => right, undefined],
    ['another authority is named', () => right, 'theirs.pem'],
    ['its certificate is for another host', () => elsewhere, 'ours.pem'],
  ])('is not spoken to when %s', async (_, server, authority) => {
    const before = server().requests
    await using center = await openCenter(server().url, authority && at(authority))
    const error = await errorOf(center.get(ref, soon()))
    expect(error.code).toBe('system.unreachable')
    expect(error.message).toContain('certificate not trusted')
    expect(error.hint).toContain('ca')
    expect(server().requests).toBe(before)
    const write = { method: 'POST', path: '/nacos/v1/cs/configs', form: { content: 'a: 1' } } as const
    const trust = authority === undefined ? {} : { ca: readFileSync(at(authority), 'utf8') }
    expect(await sendRequest(server().url, write, systemClock, soon(), trust)).toMatchObject({
      kind: 'never-sent',
    })
    expect(server().requests).toBe(before)
  })

  it('is checked whatever the environment says', async () => {
    const variable = 'NODE_TLS_REJECT_UNAUTHORIZED'
    process.env[variable] = '0'
    try {
      await using center = await openCenter(right.url)
      expect((await errorOf(center.get(ref, soon()))).message).toContain('certificate not trusted')
    } finally {
      delete process.env[variable]
    }
  })

  it.each([
    ['is not there', 'missing.pem'],
    ['holds no certificate', 'ours.key'],
  ])('needs a file with authorities: one that %s is refused', async (_, file) => {
    expect((await errorOf((async () => openCenter(right.url, at(file)))())).code).toBe('usage')
  })
})
