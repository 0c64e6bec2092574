/** No connection became free in time. Nothing was sent. Its name is one that the classification knows. */
export class ConnectionAcquireTimeoutError extends Error {
  override readonly name = 'ConnectionAcquireTimeoutError'

  constructor(waitedMs: number) {
    super(`No connection of the pool became free within ${waitedMs} ms.`)
  }
}
