/** Program: the billing service. Its settings come from the environment, its datasource from `billing.properties`. */
import { endWithParent } from './end-with-parent.ts'
import { openPool, preloadDriver } from './open-pool.ts'
import { readDatasource } from './read-datasource.ts'
import { serve } from './serve.ts'
import { openServiceLog } from './service-log.ts'
import { readServiceSettings } from './service-settings.ts'

const startWithinMs = 20_000

endWithParent()
const { instance, port, center } = readServiceSettings(process.env)
const log = openServiceLog(instance)
const [datasource, { createBillingApp }] = await Promise.all([
  readDatasource(center, 'billing.properties', AbortSignal.timeout(startWithinMs)),
  import('./billing-app.ts'),
  // Loaded while the config center is being asked.
  preloadDriver(),
])
const database = await openPool(datasource, instance)
await database.check().catch((error: unknown) => log('database-unreachable', { message: String(error) }))
await serve(createBillingApp(database, log), port, async () => {
  await database.pool.end()
  log('stopped')
})
log('started', { port, database: `${datasource.host}:${datasource.port}`, user: datasource.user })
