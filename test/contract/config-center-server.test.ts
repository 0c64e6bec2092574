import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startNacosServer } from '../../src/lab/center/start-nacos-server.ts'
import type { NacosServerOptions, RunningNacos } from '../../src/lab/center/start-nacos-server.ts'

/*
 * What real servers of these lines were seen to do, request by request. The adapter is built on these facts, so the
 * embedded server must show them too.
 */
const opened: RunningNacos[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
})

async function start(options: NacosServerOptions): Promise<RunningNacos> {
  const server = await startNacosServer(options)
  opened.push(server)
  return server
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Headers
}

async function ask(
  server: RunningNacos,
  route: string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = 'GET', path = ''] = route.split(' ')
  const form = new URLSearchParams(fields)
  const answer = await fetch(`${server.url}/nacos${path}${method === 'POST' ? '' : `?${form.toString()}`}`, {
    method,
    headers,
    ...(method === 'POST' && { body: form }),
  })
  return { status: answer.status, body: await answer.text(), headers: answer.headers }
}

const v1 = { dataId: 'a.yaml', group: 'g' }
const v3 = { dataId: 'a.yaml', groupName: 'g', namespaceId: 'public' }
const md5OfA1 = '270f9e65a80226eccd82c99cdd0dd2fb'
const stale = { casMd5: 'ffffffffffffffffffffffffffffffff' }

describe('Nacos 2.5', () => {
  it('is told from 3.x by its state route', async () => {
    const server = await start({ flavour: '2.5' })
    expect((await ask(server, 'GET /v3/admin/core/state')).status).toBe(404)
    expect(JSON.parse((await ask(server, 'GET /v1/console/server/state')).body)).toMatchObject({
      version: '2.5.0',
    })
  })

  it('refuses a stale md5 with text, and takes none, a blank one and a form field as no condition', async () => {
    const server = await start({ flavour: '2.5' })
    const publish = (content: string, headers = {}, more = {}): Promise<Answer> =>
      ask(server, 'POST /v1/cs/configs', { ...v1, content, ...more }, headers)
    expect((await publish('a: 1', stale)).body).toBe('true')
    expect(await publish('a: 2', stale)).toMatchObject({
      status: 500,
      body: 'caused: Cas publish fail, server md5 may have changed.;',
    })
    expect((await publish('a: 2', { casMd5: md5OfA1.toUpperCase() })).status).toBe(500)
    expect((await publish('a: 2', { casMd5: md5OfA1 })).body).toBe('true')
    expect((await publish('a: 3', { casMd5: ' ' })).body).toBe('true')
    expect((await publish('a: 4', {}, { casMd5: stale.casMd5 })).body).toBe('true')
  })

  it('removes whatever the md5 says, and says true for a missing document', async () => {
    const server = await start({ flavour: '2.5' })
    await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'a: 1' })
    expect((await ask(server, 'DELETE /v1/cs/configs', v1, stale)).body).toBe('true')
    expect((await ask(server, 'DELETE /v1/cs/configs', v1)).body).toBe('true')
    expect((await ask(server, 'GET /v1/cs/configs', { ...v1, show: 'all' })).body).toBe('')
  })

  it('shows a publish to administrators at once and to clients later, with its md5', async () => {
    const server = await start({ flavour: '2.5', publishDelayMs: 100 })
    await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'a: 1', type: 'yaml' })
    const full = await ask(server, 'GET /v1/cs/configs', { ...v1, show: 'all' })
    expect(JSON.parse(full.body)).toMatchObject({ content: 'a: 1', md5: md5OfA1, type: 'yaml' })
    expect(await ask(server, 'GET /v1/cs/configs', v1)).toMatchObject({
      status: 404,
      body: 'config data not exist',
    })
    await expect.poll(async () => (await ask(server, 'GET /v1/cs/configs', v1)).status).toBe(200)
    const seen = await ask(server, 'GET /v1/cs/configs', v1)
    expect(seen.body).toBe('a: 1')
    expect(seen.headers.get('content-md5')).toBe(md5OfA1)
  })

  it('keeps "public" apart from the public namespace', async () => {
    const server = await start({ flavour: '2.5', publishDelayMs: 0 })
    await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'a: 1', tenant: 'public' })
    expect((await ask(server, 'GET /v1/cs/configs', { ...v1, show: 'all' })).body).toBe('')
  })

  it('makes a type that is left out text, blanks the description, keeps application and tags', async () => {
    const server = await start({ flavour: '2.5' })
    const meta = { type: 'yaml', desc: 'd', appName: 'app', config_tags: 't' }
    await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'a: 1', ...meta })
    await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'a: 2' })
    const full = await ask(server, 'GET /v1/cs/configs', { ...v1, show: 'all' })
    expect(JSON.parse(full.body)).toMatchObject({ type: 'text', desc: null, appName: 'app', configTags: 't' })
  })

  it('records the text before an update or removal, and the inserted text, with padded words', async () => {
    const server = await start({ flavour: '2.5' })
    await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'a: 1' })
    await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'a: 2' })
    await ask(server, 'DELETE /v1/cs/configs', v1)
    const list = await ask(server, 'GET /v1/cs/history', {
      ...v1,
      search: 'accurate',
      pageNo: '1',
      pageSize: '9',
    })
    const items = (JSON.parse(list.body) as { pageItems: { id: string; opType: string }[] }).pageItems
    expect(items.map(({ opType }) => opType)).toEqual(['D         ', 'U         ', 'I         '])
    const contents = await Promise.all(
      items.map(async ({ id }) =>
        JSON.parse((await ask(server, 'GET /v1/cs/history', { ...v1, nid: id })).body),
      ),
    )
    expect(contents).toMatchObject([{ content: 'a: 2' }, { content: 'a: 1' }, { content: 'a: 1' }])
  })

  it('answers a long poll at once on a difference, and when the document changes', async () => {
    const server = await start({ flavour: '2.5', publishDelayMs: 20 })
    const listen = (md5: string): Promise<Answer> =>
      ask(
        server,
        'POST /v1/cs/configs/listener',
        { 'Listening-Configs': `a.yaml\u0002g\u0002${md5}\u0001` },
        { 'Long-Pulling-Timeout': '30000' },
      )
    expect((await listen('other')).body).toBe('a.yaml%02g%01\n')
    const waiting = listen('')
    await expect
      .poll(async () => JSON.parse((await ask(server, 'GET /v1/cs/configs/listener', v1)).body))
      .toEqual({ collectStatus: 200, lisentersGroupkeyStatus: { '127.0.0.1': '' } })
    await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'a: 1' })
    expect((await waiting).body).toBe('a.yaml%02g%01\n')
  })

  it('answers 403 without a token and takes user and password as parameters', async () => {
    const auth = { username: 'nacos', password: 'secret' }
    const server = await start({ flavour: '2.5', auth })
    expect((await ask(server, 'GET /v1/cs/configs', v1)).status).toBe(403)
    expect((await ask(server, 'GET /v1/cs/configs', { ...v1, ...auth })).status).toBe(404)
    expect((await ask(server, 'GET /v1/cs/configs', { ...v1, ...auth, username: 'x' })).status).toBe(500)
    const login = (form: Record<string, string>): Promise<Answer> =>
      ask(server, 'POST /v1/auth/users/login', form)
    expect(await login({ ...auth, password: 'x' })).toMatchObject({ status: 403, body: 'user not found!' })
    expect((await login({ ...auth, username: 'x' })).status).toBe(500)
    const { accessToken } = JSON.parse((await login(auth)).body) as { accessToken: string }
    const headers = { authorization: `Bearer ${accessToken}` }
    expect((await ask(server, 'GET /v1/cs/configs', v1, headers)).status).toBe(404)
  })
})

describe('Nacos 3.1', () => {
  it('is told from 2.x by its state route', async () => {
    const server = await start({ flavour: '3.1' })
    expect((await ask(server, 'GET /v1/console/server/state')).status).toBe(404)
    expect((await ask(server, 'GET /v3/admin/core/state')).body).toContain('"version":"3.1.0"')
  })

  it('refuses a stale md5 with code 20005, on v1 with the word false', async () => {
    const server = await start({ flavour: '3.1' })
    const publish = (content: string, headers = {}): Promise<Answer> =>
      ask(server, 'POST /v3/admin/cs/config', { ...v3, content }, headers)
    expect(JSON.parse((await publish('a: 1', stale)).body)).toMatchObject({ code: 0, data: true })
    const refused = await publish('a: 2', stale)
    expect(refused.status).toBe(500)
    expect(JSON.parse(refused.body)).toMatchObject({ code: 20_005 })
    expect(await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'a: 2' }, stale)).toMatchObject({
      status: 500,
      body: 'false',
    })
    expect((await publish('a: 2', { casMd5: md5OfA1 })).status).toBe(200)
  })

  it('says of a missing document 404 to administrators and 200 to clients, both with 20004', async () => {
    const server = await start({ flavour: '3.1' })
    const admin = await ask(server, 'GET /v3/admin/cs/config', v3)
    expect([admin.status, JSON.parse(admin.body)]).toMatchObject([404, { code: 20_004 }])
    const client = await ask(server, 'GET /v3/client/cs/config', v3)
    expect([client.status, JSON.parse(client.body)]).toMatchObject([200, { code: 20_004 }])
    const version = await ask(server, 'GET /v3/admin/cs/history', { ...v3, nid: '7' })
    expect([version.status, JSON.parse(version.body)]).toMatchObject([400, { code: 20_002 }])
  })

  it('answers 410 on the older routes of administrators', async () => {
    const server = await start({ flavour: '3.1' })
    for (const fields of [
      { ...v1, show: 'all' },
      { ...v1, search: 'accurate' },
    ]) {
      expect((await ask(server, 'GET /v1/cs/configs', fields)).status).toBe(410)
    }
    expect((await ask(server, 'GET /v1/cs/history', v1)).status).toBe(410)
  })

  it('serves v1 clients from the same documents', async () => {
    const server = await start({ flavour: '3.1', publishDelayMs: 0 })
    await ask(server, 'POST /v3/admin/cs/config', { ...v3, content: 'a: 1' })
    await expect.poll(async () => (await ask(server, 'GET /v1/cs/configs', v1)).body).toBe('a: 1')
  })

  it('answers 403 without a token, 500 to a wrong password, and nothing at all to unknown parameters', async () => {
    const auth = { username: 'nacos', password: 'secret' }
    const server = await start({ flavour: '3.1', auth })
    expect((await ask(server, 'GET /v3/admin/cs/config', v3)).status).toBe(403)
    const publish = await ask(server, 'POST /v1/cs/configs', {
      ...v1,
      ...auth,
      username: 'x',
      content: 'a: 1',
    })
    expect(publish).toMatchObject({ status: 200, body: '' })
    expect(server.documents.stored({ tenant: 'public', group: 'g', dataId: 'a.yaml' })).toBeUndefined()
    expect((await ask(server, 'POST /v3/auth/user/login', { ...auth, password: 'x' })).status).toBe(500)
    expect((await ask(server, 'POST /v3/auth/user/login', { ...auth, username: 'x' })).status).toBe(403)
    expect((await ask(server, 'POST /v1/auth/users/login', auth)).body).toContain('accessToken')
  })
})

describe.each(['2.5', '3.1', '3.2'] as const)('a gray version on Nacos %s', (flavour) => {
  const modern = flavour !== '2.5'
  const document = modern ? 'POST /v3/admin/cs/config' : 'POST /v1/cs/configs'
  const publish = (server: RunningNacos, content: string, headers = {}): Promise<Answer> =>
    ask(server, document, { ...(modern ? v3 : v1), content }, headers)
  const gray = (server: RunningNacos, method = 'GET'): Promise<Answer> =>
    modern
      ? ask(server, `${method} /v3/admin/cs/config/beta`, v3)
      : ask(server, `${method} /v1/cs/configs`, { ...v1, beta: 'true' })
  const dataOf = ({ body }: Answer): unknown => (JSON.parse(body) as { data: unknown }).data
  const read = async (server: RunningNacos, ip: string): Promise<string> => {
    const headers = { 'X-Forwarded-For': ip }
    if (!modern) return (await ask(server, 'GET /v1/cs/configs', v1, headers)).body
    const data = dataOf(await ask(server, 'GET /v3/client/cs/config', v3, headers))
    return (data as { content: string } | null)?.content ?? 'nothing'
  }

  it('is acknowledged and not stored when an update names a version, be it the right one', async () => {
    const server = await start({ flavour })
    await publish(server, 'a: 1')
    expect((await publish(server, 'g: 1', { betaIps: '10.0.0.7', ...stale })).status).toBe(200)
    const first = dataOf(await gray(server)) as { md5: string }
    expect(first).toMatchObject({ content: 'g: 1' })
    for (const casMd5 of [stale.casMd5, first.md5]) {
      expect((await publish(server, 'g: 2', { betaIps: '10.0.0.7', casMd5 })).body).toContain('true')
      expect(dataOf(await gray(server))).toMatchObject({ content: 'g: 1' })
    }
    await publish(server, 'g: 3', { betaIps: '10.0.0.8' })
    const rule = modern ? { grayRule: expect.stringContaining('"expr":"10.0.0.8"') } : { betaIps: '10.0.0.8' }
    expect(dataOf(await gray(server))).toMatchObject({ content: 'g: 3', ...rule })
  })

  it('reaches the clients it is for, until it is stopped, and no publish of the document does', async () => {
    const server = await start({ flavour, publishDelayMs: 5 })
    await publish(server, 'a: 1')
    await publish(server, 'g: 1', { betaIps: '10.0.0.7, 10.0.0.8' })
    await expect.poll(() => read(server, '10.0.0.8')).toBe('g: 1')
    expect(await read(server, '10.0.0.9')).toBe('a: 1')
    await publish(server, 'a: 2')
    await expect.poll(() => read(server, '10.0.0.9')).toBe('a: 2')
    expect(await read(server, '10.0.0.7')).toBe('g: 1')
    expect(dataOf(await gray(server, 'DELETE'))).toBe(true)
    await expect.poll(() => read(server, '10.0.0.7')).toBe('a: 2')
    expect(dataOf(await gray(server, 'DELETE'))).toBe(false)
  })

  it('outlives its document, and is given to nobody then', async () => {
    const server = await start({ flavour, publishDelayMs: 5 })
    await publish(server, 'g: 1', { betaIps: '10.0.0.7' })
    await publish(server, 'a: 1')
    await expect.poll(() => read(server, '10.0.0.7')).toBe('g: 1')
    await ask(server, document.replace('POST', 'DELETE'), modern ? v3 : v1)
    await expect.poll(() => read(server, '10.0.0.7')).toMatch(/^nothing|not exist$/)
    await publish(server, 'a: 2')
    await expect.poll(() => read(server, '10.0.0.7')).toBe('a: 2')
    expect(dataOf(await gray(server))).toMatchObject({ content: 'g: 1' })
  })
})

describe('a gray client that polls', () => {
  it('holds its own md5 against its own version', async () => {
    const server = await start({ flavour: '2.5', publishDelayMs: 5 })
    await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'a: 1' })
    await ask(server, 'POST /v1/cs/configs', { ...v1, content: 'g: 1' }, { betaIps: '10.0.0.7' })
    const listen = (ip: string, md5: string): Promise<Answer> =>
      ask(
        server,
        'POST /v1/cs/configs/listener',
        { 'Listening-Configs': `a.yaml\u0002g\u0002${md5}\u0001` },
        { 'Long-Pulling-Timeout': '30000', 'X-Forwarded-For': ip },
      )
    await expect.poll(async () => (await listen('10.0.0.7', md5OfA1)).body).toBe('a.yaml%02g%01\n')
    const gray = server.documents.gray.stored({ tenant: '', group: 'g', dataId: 'a.yaml' })
    const waiting = listen('10.0.0.7', gray?.md5 ?? '')
    await expect
      .poll(async () => JSON.parse((await ask(server, 'GET /v1/cs/configs/listener', v1)).body))
      .toMatchObject({ lisentersGroupkeyStatus: { '10.0.0.7': gray?.md5 } })
    await ask(server, 'DELETE /v1/cs/configs', { ...v1, beta: 'true' })
    expect((await waiting).body).toBe('a.yaml%02g%01\n')
  })
})

describe('the embedded server', () => {
  it('keeps its documents in a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'center-'))
    const file = join(folder, 'documents.json')
    try {
      const first = await start({ flavour: '2.5', file })
      await ask(first, 'POST /v1/cs/configs', { ...v1, content: 'a: 1' })
      await first[Symbol.asyncDispose]()
      const second = await start({ flavour: '2.5', file })
      expect((await ask(second, 'GET /v1/cs/configs', v1)).body).toBe('a: 1')
      expect(second.documents.history({ tenant: '', group: 'g', dataId: 'a.yaml' })).toHaveLength(1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('refuses connections while it is down and comes back on its port', async () => {
    const server = await start({ flavour: '2.5' })
    await server.setDown(true)
    await expect(ask(server, 'GET /v1/cs/configs', v1)).rejects.toThrow('fetch failed')
    await server.setDown(false)
    expect((await ask(server, 'GET /v1/cs/configs', v1)).status).toBe(404)
  })
})
