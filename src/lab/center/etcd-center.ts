import { join } from 'node:path'
import { randomPassword } from '../servers/random-password.ts'
import { makeLabCenter, type LabCenter, type OpenCenterOptions } from './lab-center.ts'
import type { RunningEtcd } from './real/running-etcd.ts'
import { startEtcd } from './real/start-etcd.ts'

/** A real etcd of one member, which asks for a user that has rights on the lab's documents and on nothing else. */
export async function openEtcdCenter(options: OpenCenterOptions): Promise<LabCenter<RunningEtcd>> {
  const password = randomPassword('etcd')
  const user = { username: 'cutover', prefix: '/config/' }
  options.say('starting etcd')
  const server = await startEtcd({
    ...options,
    directory: join(options.directory, 'etcd'),
    auth: { ...user, password },
  })
  const place = { kind: 'etcd' as const, servers: [server.url], ...user }
  return makeLabCenter({
    server,
    system: { ...place, password: 'env:ETCD_PASSWORD' },
    access: { ...place, password },
    environment: { ETCD_SERVERS: server.url, ETCD_PASSWORD: password.reveal() },
    password,
  })
}
