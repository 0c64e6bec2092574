/** Program: the orders service. Its settings come from the environment, its datasource from `orders.yaml`. */
import { endWithParent } from './end-with-parent.ts'
import { openOrdersDatabase } from './open-orders-database.ts'
import { serve } from './serve.ts'
import { openServiceLog } from './service-log.ts'
import { readServiceSettings } from './service-settings.ts'

const startWithinMs = 20_000

endWithParent()
const settings = readServiceSettings(process.env)
const log = openServiceLog(settings.instance)
const [database, { createOrdersApp }] = await Promise.all([
  openOrdersDatabase(settings, log, AbortSignal.timeout(startWithinMs)),
  // Loaded while the config center is being asked.
  import('./orders-app.ts'),
])
await database.check().catch((error: unknown) => log('database-unreachable', { message: String(error) }))
await serve(createOrdersApp(database, log), settings.port, async () => {
  await database[Symbol.asyncDispose]()
  log('stopped')
})
log('started', { port: settings.port, datasource: database.datasource })
