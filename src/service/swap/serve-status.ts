import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { StatusHandler } from './status-handler.ts'

/** A server of its own for the status, for processes that serve no HTTP otherwise. */
export interface StatusServer extends AsyncDisposable {
  readonly port: number
}

export interface StatusServerOptions {
  /** 0: any free port. */
  readonly port: number
  /** Default `127.0.0.1`. The runner must reach it, and nobody else needs to. */
  readonly host?: string
}

// The runner keeps its connection; who sends nothing gets none.
const requestWithinMs = 5000

/** @throws the error of listening, such as a port that is taken. */
export async function serveStatus(
  handler: StatusHandler,
  { port, host = '127.0.0.1' }: StatusServerOptions,
): Promise<StatusServer> {
  const server = createServer(
    { requestTimeout: requestWithinMs, maxHeaderSize: 8192 },
    (request, response) => {
      request.resume()
      if (!handler(request, response)) response.writeHead(404, { 'Cache-Control': 'no-store' }).end()
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  // A consumer that has nothing else to do may end.
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      server.closeAllConnections()
      await closed
    },
  }
}
