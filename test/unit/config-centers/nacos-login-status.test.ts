import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { openNacosCenter } from '../../../src/config-centers/nacos/open-nacos-center.ts'
import { Secret } from '../../../src/core/secret.ts'
import { systemClock } from '../../../src/core/system-clock.ts'

const server = createServer((socket) => {
  socket.once('data', (request) => {
    const modern = String(request).includes('/v3/')
    socket.end(`HTTP/1.1 ${modern ? '404' : '0'} \r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  })
})
afterEach(() => void server.close())

it('a login that 2.3 answers with the status 0 was refused, the server is not away', async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const spec = {
    kind: 'nacos' as const,
    servers: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`],
    contextPath: '/nacos',
    namespace: '',
    username: 'nacos',
    password: 'env:NACOS_PASSWORD',
  }
  const secrets = { resolve: () => Promise.resolve(new Secret('env:NACOS_PASSWORD', 'wrong')) }
  await using center = await openNacosCenter('nacos', spec, secrets, systemClock)
  const reading = center.get({ group: 'g', dataId: 'd' }, AbortSignal.timeout(10_000))
  await expect(reading).rejects.toMatchObject({ code: 'system.unauthenticated' })
})
