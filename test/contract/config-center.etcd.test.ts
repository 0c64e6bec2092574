import { configCenterContract } from './config-center.ts'
import { raceWriters } from './race-writers.ts'
import { kit, openRealEtcd } from './etcd-bench.ts'

configCenterContract('real etcd', () => openRealEtcd())
configCenterContract('real etcd with authentication, a user whose one right is on the prefix', () =>
  openRealEtcd(kit),
)
raceWriters('real etcd', () => openRealEtcd(kit), { attempts: 3 })
