import type { Socket } from 'node:net'

/** What a relay asks before it passes anything on. */
export interface RelayRules {
  swallows(): boolean
  delayMs(): number
  /** Is this the request whose answer is to be lost? */
  losesAnswer(bytes: Buffer): boolean
  onLost(): void
  onEnd(): void
}

/** One connection through a proxy. */
export interface Relay {
  /** Bytes that were sent on it, from either side, and never arrived. */
  readonly swallowed: number
  cut(): void
}

/** Joins two sockets. When one side ends, so does the other, as a reset would show it. */
export function openRelay(client: Socket, server: Socket, rules: RelayRules): Relay {
  let losing = false
  let swallowed = 0
  const timers = new Set<NodeJS.Timeout>()

  const cut = (): void => {
    for (const timer of timers) clearTimeout(timer)
    client.destroy()
    server.destroy()
    rules.onEnd()
  }

  const waiting: Buffer[] = []
  // When the last answer was due: later ones must not overtake it when the delay gets shorter.
  let dueMs = 0

  function answer(bytes: Buffer): void {
    const now = performance.now()
    dueMs = Math.max(dueMs, now + rules.delayMs())
    if (dueMs <= now && timers.size === 0) return void client.write(bytes)
    waiting.push(bytes)
    const timer = setTimeout(() => {
      timers.delete(timer)
      // The oldest, whichever timer fires first: the machine's timers know whole milliseconds only.
      client.write(waiting.shift() ?? Buffer.alloc(0))
    }, dueMs - now)
    timers.add(timer)
  }

  client.on('data', (bytes) => {
    if (rules.swallows()) {
      swallowed += bytes.length
      return
    }
    // One request only: the rule is taken back as soon as it has found it.
    if (!losing && rules.losesAnswer(bytes)) {
      losing = true
      rules.onLost()
    }
    server.write(bytes)
  })
  server.on('data', (bytes) => {
    if (losing) cut()
    else if (rules.swallows()) swallowed += bytes.length
    else answer(bytes)
  })
  for (const socket of [client, server]) {
    socket.setNoDelay(true)
    socket.on('error', cut)
    socket.on('close', cut)
  }
  return {
    get swallowed() {
      return swallowed
    },
    cut,
  }
}
