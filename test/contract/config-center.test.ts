import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import { openNacosCenter } from '../../src/config-centers/nacos/open-nacos-center.ts'
import type { NacosServerOptions } from '../../src/lab/center/start-nacos-server.ts'
import { startNacosServer } from '../../src/lab/center/start-nacos-server.ts'
import { configCenterContract } from './config-center.ts'
import type { OpenedCenter } from './config-center.ts'
import { raceWriters } from './race-writers.ts'

const auth = { username: 'nacos', password: 'a password with + and &' }
const secrets = { resolve: () => Promise.resolve(new Secret('env:NACOS_PASSWORD', auth.password)) }

async function openEmbedded(options: NacosServerOptions, namespace = ''): Promise<OpenedCenter> {
  const server = await startNacosServer(options)
  const spec = {
    kind: 'nacos' as const,
    servers: [server.url],
    contextPath: '/nacos',
    namespace,
    ...(options.auth && { username: auth.username, password: 'env:NACOS_PASSWORD' }),
  }
  const center = await openNacosCenter('nacos', spec, secrets, systemClock)
  const other = await openNacosCenter('nacos', spec, secrets, systemClock)
  return {
    center,
    other,
    watchersPoll: options.flavour === '3.2',
    async [Symbol.asyncDispose]() {
      await center[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

configCenterContract('embedded 2.5', () => openEmbedded({ flavour: '2.5' }))
configCenterContract('embedded 2.5, public by its name', () => openEmbedded({ flavour: '2.5' }, 'public'))
configCenterContract('embedded 2.5 with authentication, namespace dev', () =>
  openEmbedded({ flavour: '2.5', auth, namespaces: ['dev'] }, 'dev'),
)
configCenterContract('embedded 3.1', () => openEmbedded({ flavour: '3.1' }))
configCenterContract('embedded 3.1 with authentication, namespace dev', () =>
  openEmbedded({ flavour: '3.1', auth, namespaces: ['dev'] }, 'dev'),
)
configCenterContract('embedded 3.2 with authentication', () => openEmbedded({ flavour: '3.2', auth }))
raceWriters('embedded 2.5', () => openEmbedded({ flavour: '2.5' }), { attempts: 3 })
raceWriters('embedded 3.1', () => openEmbedded({ flavour: '3.1' }), { attempts: 3 })
