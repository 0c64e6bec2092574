import { configCenterContract } from './config-center.ts'
import type { OpenedCenter } from './config-center.ts'
import { kit, openEtcd, startRealEtcd } from './etcd-bench.ts'

async function open(auth?: typeof kit): Promise<OpenedCenter> {
  const server = await startRealEtcd(auth && { auth })
  // Two addresses of one member: each must answer for itself.
  const servers = [server.url, server.url.replace('127.0.0.1', 'localhost')]
  const center = await openEtcd(servers, auth)
  const other = await openEtcd([server.url], auth)
  return {
    center,
    other,
    async [Symbol.asyncDispose]() {
      await center[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

configCenterContract('real etcd', () => open())
configCenterContract('real etcd with authentication, a user whose one right is on the prefix', () =>
  open(kit),
)
