import { openApolloCenter } from '../../../src/config-centers/apollo/open-apollo-center.ts'
import type { ConfigCenter } from '../../../src/core/ports/config-center.ts'
import { Secret } from '../../../src/core/secret.ts'
import { startApolloServer } from '../../../src/lab/center/apollo/start-apollo-server.ts'
import type {
  ApolloServerOptions,
  RunningApollo,
} from '../../../src/lab/center/apollo/start-apollo-server.ts'
import { fastClock } from './nacos-bench.ts'

export const ref = { group: 'DEFAULT_GROUP', dataId: 'orders.yaml' }
export const items = { group: 'DEFAULT_GROUP', dataId: 'application' }
export const token = 'TopSecret-token'

export interface ApolloBench extends AsyncDisposable {
  readonly server: RunningApollo
  readonly center: ConfigCenter
  /** Methods of what reached the portal and would change something, with the last part of the path. */
  readonly writes: () => readonly string[]
}

/** A center on a stand-in for Apollo, which is not a real server. */
export async function openApolloBench(options: ApolloServerOptions = {}): Promise<ApolloBench> {
  const server = await startApolloServer({ token, visibleAfterMs: 5, ...options })
  const center = await openCenterOn(server, options.accessKey)
  return {
    server,
    center,
    writes: () =>
      server.portalRequests
        .filter((request) => !request.startsWith('GET'))
        .map((request) => `${request.split(' ')[0]} ${request.split('/').at(-1)}`),
    async [Symbol.asyncDispose]() {
      await center[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

export function openCenterOn(
  server: Pick<RunningApollo, 'portal' | 'configServers'>,
  accessKey?: string,
  tokenValue = token,
): Promise<ConfigCenter> {
  const values = { 'env:TOKEN': tokenValue, 'env:KEY': accessKey ?? '' }
  return openApolloCenter(
    'apollo',
    {
      kind: 'apollo',
      portal: server.portal,
      token: 'env:TOKEN',
      operator: 'apollo',
      env: 'PRO',
      app: 'orders',
      cluster: 'default',
      configServers: [...server.configServers],
      ...(accessKey !== undefined && { accessKey: 'env:KEY' }),
    },
    { resolve: (name) => Promise.resolve(new Secret(name, values[name as keyof typeof values])) },
    fastClock,
  )
}
