import { openApolloCenter } from '../../src/config-centers/apollo/open-apollo-center.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import { startApolloServer } from '../../src/lab/center/apollo/start-apollo-server.ts'
import type { ApolloServerOptions } from '../../src/lab/center/apollo/start-apollo-server.ts'
import { configCenterContract } from './config-center.ts'
import type { OpenedCenter } from './config-center.ts'

const secrets = { resolve: (ref: string) => Promise.resolve(new Secret(ref, ref.slice('env:'.length))) }

async function openStandIn(options: ApolloServerOptions): Promise<OpenedCenter> {
  const server = await startApolloServer({ ...options, token: 'TOKEN', longestValue: 20_000 })
  const spec = {
    kind: 'apollo' as const,
    portal: server.portal,
    token: 'env:TOKEN',
    operator: 'apollo',
    env: 'PRO',
    app: 'orders',
    cluster: 'default',
    configServers: [...server.configServers],
    ...(options.accessKey !== undefined && { accessKey: `env:${options.accessKey}` }),
  }
  const center = await openApolloCenter('apollo', spec, secrets, systemClock)
  const other = await openApolloCenter('apollo', spec, secrets, systemClock)
  return {
    center,
    other,
    longestText: 20_000,
    async [Symbol.asyncDispose]() {
      await center[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

configCenterContract('stand-in for Apollo before 3.0, not a real server', () => openStandIn({}))
configCenterContract('stand-in for Apollo 3.0 with an access key, not a real server', () =>
  openStandIn({ line: '3.0', accessKey: 'KEY', configServers: 2 }),
)
