import { ApolloListener } from './apollo-http.ts'
import type { ApolloFault } from './apollo-http.ts'
import { ApolloStore } from './apollo-store.ts'
import { ConfigNode } from './config-node.ts'
import { answerAsPortal } from './portal-routes.ts'

export interface ApolloServerOptions {
  /** Which line of portals to answer like; only 3.0 lists releases. Default `2.4`. */
  readonly line?: '2.4' | '3.0'
  /** Token of the third-party application. Default `token`. */
  readonly token?: string
  /** Default `PRO`. */
  readonly env?: string
  /** Default `orders`. */
  readonly app?: string
  /** Default `default`. */
  readonly cluster?: string
  /** Users the portal knows. Default: apollo and wang. */
  readonly users?: readonly string[]
  readonly lockSwitch?: boolean
  /** Longest value of an item, characters. Default: 20,000, as in Apollo. */
  readonly longestValue?: number
  readonly accessKey?: string | undefined
  /** Time until the config service sees a release. Default 60; real ones look once a second. */
  readonly visibleAfterMs?: number
  /** Default 60,000, as in Apollo. */
  readonly hangMs?: number
  /** Servers of the config service. Default 1. */
  readonly configServers?: number
}

export interface RunningApollo extends AsyncDisposable {
  /** Base address of the portal. */
  readonly portal: string
  /** Base addresses of the config service. */
  readonly configServers: readonly string[]
  readonly store: ApolloStore
  readonly nodes: readonly ConfigNode[]
  /** Methods and paths that reached the portal. */
  readonly portalRequests: readonly string[]
  /** Methods and paths that reached any server of the config service. */
  readonly configRequests: readonly string[]
  /** Decides the fate of every request to the portal from now on; undefined: all are served. */
  setPortalFault(fault: ApolloFault | undefined): void
  setConfigFault(fault: ApolloFault | undefined): void
  /** True: connections are refused and open ones are cut. False: back on the same port. */
  setPortalDown(down: boolean): Promise<void>
  setConfigDown(down: boolean): Promise<void>
}

/**
 * Starts a stand-in for Apollo on 127.0.0.1: the OpenAPI of a portal and a config service, written from the documented
 * protocol. It is not the real server, and none of Apollo's code is in it.
 */
export async function startApolloServer(options: ApolloServerOptions = {}): Promise<RunningApollo> {
  const { app = 'orders', cluster = 'default', env = 'PRO', token = 'token', line = '2.4' } = options
  const { users = ['apollo', 'wang'], lockSwitch = false, longestValue = 20_000 } = options
  const { accessKey, visibleAfterMs = 60, hangMs = 60_000 } = options
  const store = new ApolloStore({ lockSwitch, longestValue })
  const portal = new ApolloListener((request) =>
    answerAsPortal(request, store, { line, token, env, app, cluster, users }),
  )
  const nodes = Array.from(
    { length: options.configServers ?? 1 },
    () => new ConfigNode(store, { app, cluster, accessKey, visibleAfterMs, hangMs }),
  )
  const listeners = nodes.map((node) => new ApolloListener((request) => node.answer(request)))
  const stopConfig = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.stop()))
  }
  await Promise.all([portal, ...listeners].map((listener) => listener.listen()))
  return {
    portal: portal.url,
    configServers: listeners.map(({ url }) => url),
    store,
    nodes,
    portalRequests: portal.requests,
    get configRequests() {
      return listeners.flatMap(({ requests }) => requests)
    },
    setPortalFault: (fault) => (portal.fault = fault),
    setConfigFault: (fault) => {
      for (const listener of listeners) listener.fault = fault
    },
    setPortalDown: (down) => (down ? portal.stop() : portal.listen()),
    setConfigDown: async (down) => {
      if (down) await stopConfig()
      else await Promise.all(listeners.map((listener) => listener.listen()))
    },
    async [Symbol.asyncDispose]() {
      for (const node of nodes) node.close()
      await Promise.all([portal.stop(), stopConfig()])
    },
  }
}
