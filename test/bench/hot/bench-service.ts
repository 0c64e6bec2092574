/** Program: the lab's orders service that can put itself under load: `POST /bench/start`, `POST /bench/stop`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { endWithParent } from '../../../src/lab/services/end-with-parent.ts'
import { openOrdersDatabase } from '../../../src/lab/services/open-orders-database.ts'
import { createOrdersApp } from '../../../src/lab/services/orders-app.ts'
import { serve } from '../../../src/lab/services/serve.ts'
import { openServiceLog } from '../../../src/lab/services/service-log.ts'
import { readServiceSettings } from '../../../src/lab/services/service-settings.ts'
import { startBenchLoad, type BenchLoad, type BenchLoadOptions } from './bench-load.ts'

endWithParent()
const settings = readServiceSettings(process.env)
const log = openServiceLog(settings.instance)
const database = await openOrdersDatabase(settings, log, AbortSignal.timeout(20_000))
const app = createOrdersApp(database, log)
let load: BenchLoad | undefined

const listener = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.url?.startsWith('/bench/') !== true) {
    app(request, response)
    return
  }
  void answer(request, response)
}
await serve(listener, settings.port, async () => {
  await database[Symbol.asyncDispose]()
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await bench(request)
    response.writeHead(204).end()
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
}

async function bench(request: IncomingMessage): Promise<void> {
  const body = JSON.parse(await textOf(request)) as BenchLoadOptions & { readonly file: string }
  if (request.url === '/bench/start') load = startBenchLoad(database, body)
  else await load?.stop(body.file)
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  return text
}
