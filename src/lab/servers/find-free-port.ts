import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { CutoverError } from '../../core/errors.ts'

// Below the ports that Linux, macOS and Windows hand out for outgoing connections: a server that is restarted must
// find its port free, not taken by a client in between.
const lowest = 20_000
const highest = 32_000
const attempts = 200

/**
 * A port on 127.0.0.1 that nobody listens on at this moment; the caller retries when somebody takes it first.
 * @param beside distances of further ports that must be free, too. Default: none.
 */
export async function findFreePort(beside: readonly number[] = []): Promise<number> {
  const span = Math.max(0, ...beside)
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(lowest, highest - span)
    if (await areFree([port, ...beside.map((distance) => port + distance)])) return port
  }
  throw new CutoverError('system.refused', `no free port between ${lowest} and ${highest} on 127.0.0.1`)
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    if (!(await isFree(port))) return false
  }
  return true
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
