import type { RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'

// Longer than any client keeps an idle connection, so that none is closed under a request.
const keepAliveMs = 75_000
const shutdownWithinMs = 5000

/**
 * Serves on 127.0.0.1 until SIGTERM or SIGINT: then accepts nothing more, finishes what is running, calls `close` and
 * exits 0. Exits 1 when that takes longer than 5 s.
 */
export async function serve(
  listener: RequestListener,
  port: number,
  close: () => Promise<void>,
): Promise<void> {
  const running = new Set<ServerResponse>()
  let closing = false
  const server = createServer((request, response) => {
    if (closing) response.setHeader('Connection', 'close')
    running.add(response)
    response.once('close', () => {
      running.delete(response)
      if (closing) server.closeIdleConnections()
    })
    listener(request, response)
  })
  server.keepAliveTimeout = keepAliveMs
  await listen(server, port)
  const stop = (): void => {
    if (closing) return
    closing = true
    setTimeout(() => process.exit(1), shutdownWithinMs).unref()
    // Their clients must not send the next request on a connection that ends with this answer.
    for (const response of running) if (!response.headersSent) response.setHeader('Connection', 'close')
    server.close(() => void close().finally(() => process.exit(0)))
    server.closeIdleConnections()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}
