import * as driver from 'mysql2'
import type { GatedPool } from './create-gated-pool.ts'
import { Lease } from './lease.ts'
import type { PoolCore } from './pool-core.ts'

/**
 * The driver as a library sees it that pools connections by itself: each connection it opens is one of this pool, held
 * and switched with it. For Sequelize 6: `new Sequelize({ dialect: 'mysql', dialectModule: driverModuleOf(pool) })`.
 * Where to connect and as whom is the pool's affair; what the library says about that is not looked at.
 */
export function driverModuleOf(pool: GatedPool): typeof driver {
  const core = pool.pool as unknown as PoolCore
  // As with the driver, whether there is a server shows with an event; here with the first statement.
  const createConnection = (): Lease => {
    const lease = new Lease(core, false)
    process.nextTick(() => lease.emit('connect'))
    return lease
  }
  return { ...driver, createConnection } as unknown as typeof driver
}
