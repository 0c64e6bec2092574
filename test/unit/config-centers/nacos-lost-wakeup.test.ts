import { expect, it } from 'vitest'
import { openNacosCenter } from '../../../src/config-centers/nacos/open-nacos-center.ts'
import { watchDocument } from '../../../src/config-centers/watch-document.ts'
import { systemClock } from '../../../src/core/system-clock.ts'
import { startNacosServer } from '../../../src/lab/center/start-nacos-server.ts'

const ref = { group: 'DEFAULT_GROUP', dataId: 'orders.yaml' }
const noSecrets = { resolve: () => Promise.reject(new Error('no password here')) }

it('a change that the long poll never tells of is seen soon all the same', async () => {
  await using server = await startNacosServer({ flavour: '2.5' })
  const spec = {
    kind: 'nacos' as const,
    servers: [server.url],
    contextPath: '/nacos',
    namespace: '',
  }
  await using center = await openNacosCenter('nacos', spec, noSecrets, systemClock)
  server.setFault(({ method, path }) => (method === 'POST' && path.endsWith('/listener') ? 'hang' : 'serve'))
  const signal = AbortSignal.timeout(20_000)
  const seen: (string | null)[] = []
  for await (const sight of watchDocument({ servers: [server.url], ...ref }, signal)) {
    if (sight.state !== 'current') continue
    seen.push(sight.content)
    if (seen.length === 2) break
    await center.put(ref, 'a: 1', { expect: 'absent' }, signal)
  }
  expect(seen).toEqual([null, 'a: 1'])
})
