/** Program: the orders service. Its settings come from the environment, its datasource from `orders.yaml`. */
import { endWithParent } from './end-with-parent.ts'
import { watchNotice } from '../../service/watch-notice.ts'
import { openPool, preloadDriver } from './open-pool.ts'
import { readDatasource } from './read-datasource.ts'
import { serve } from './serve.ts'
import { openServiceLog } from './service-log.ts'
import { readServiceSettings } from './service-settings.ts'

const startWithinMs = 20_000

endWithParent()
const { instance, port, center } = readServiceSettings(process.env)
const log = openServiceLog(instance)
const signal = AbortSignal.timeout(startWithinMs)
const notices = watchNotice({
  ...center,
  service: 'orders',
  onError: (error) => log('notice-lost', { message: String(error) }),
})
const [datasource, { createOrdersApp }] = await Promise.all([
  readDatasource(center, 'orders.yaml', signal),
  import('./orders-app.ts'),
  // Loaded while the config center is being asked.
  preloadDriver(),
  // Started in the middle of a window, it must know that before its first answer.
  notices.ready(signal),
])
const database = await openPool(datasource, instance)
await database.check().catch((error: unknown) => log('database-unreachable', { message: String(error) }))
await serve(createOrdersApp(database, notices, log), port, async () => {
  await Promise.all([database.pool.end(), notices[Symbol.asyncDispose]()])
  log('stopped')
})
log('started', { port, database: `${datasource.host}:${datasource.port}`, user: datasource.user })
