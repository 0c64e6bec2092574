import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { startEtcd } from '../../src/lab/center/real/start-etcd.ts'
import type { RunningEtcd } from '../../src/lab/center/real/running-etcd.ts'
import type { StartEtcdOptions } from '../../src/lab/center/real/start-etcd.ts'

const directories: string[] = []
const servers: RunningEtcd[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

function options(): StartEtcdOptions {
  const directory = mkdtempSync(join(tmpdir(), 'etcd-test-'))
  directories.push(directory)
  return { directory, signal: AbortSignal.timeout(60_000), say: () => undefined }
}

const key = Buffer.from('/config/g/a.yaml').toString('base64')

describe('a real etcd of the lab', () => {
  it('keeps what was stored through SIGKILL and through an orderly end, at the same address', async () => {
    const auth = { username: 'kit', password: new Secret('kit', 'kits own') }
    const server = await startEtcd({ ...options(), auth })
    servers.push(server)
    const [{ url }, first] = [server, server.pid]
    await server.ask('/v3/kv/put', { key, value: Buffer.from('a: 1').toString('base64') })
    await server.kill()
    expect(server.pid).toBeUndefined()
    await server.start()
    await server.stop()
    await server.start()
    expect(server.url).toBe(url)
    expect(server.pid).not.toBe(first)
    expect(await server.ask('/v3/kv/range', { key })).toMatchObject({ kvs: [{ key, mod_revision: '2' }] })
  })

  it('says so when its port is taken', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve)
    })
    const { port } = taken.address() as AddressInfo
    await expect(startEtcd({ ...options(), port })).rejects.toMatchObject({ code: 'conflict' })
    taken.close()
  })
})
