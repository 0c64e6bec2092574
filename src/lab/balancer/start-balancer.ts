import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError } from '../../core/errors.ts'
import { findFreePort } from '../servers/find-free-port.ts'
import { builtProgram } from '../services/built-program.ts'
import { startChildProgram } from '../services/child-program.ts'
import { balancerEnvironment } from './balancer-settings.ts'
import type { Balancer, BalancerOptions } from './balancer.ts'

export interface StartBalancerOptions extends Omit<BalancerOptions, 'port'> {
  /** For its log; must exist. */
  readonly directory: string
  readonly signal: AbortSignal
}

/** Starts the balancer as a process of its own that ends with this one, and waits until it listens. */
export async function startBalancerProcess(options: StartBalancerOptions): Promise<Balancer> {
  const { directory, signal, ...rest } = options
  const port = await findFreePort()
  const logFile = join(directory, 'balancer.log')
  const child = await startChildProgram(
    builtProgram('balancer/balancer-service'),
    balancerEnvironment({ ...rest, port }),
    logFile,
  )
  const url = `http://127.0.0.1:${port}`
  while (!(await listens(url, signal))) {
    if (signal.aborted || !child.running) {
      await child.kill()
      throw new CutoverError('service.unhealthy', 'the balancer did not start', {
        where: url,
        hint: `Read ${logFile}.`,
      })
    }
    await sleep(15, undefined, { signal }).catch(() => undefined)
  }
  return { port, url, [Symbol.asyncDispose]: () => child.stop() }
}

async function listens(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { ok } = await fetch(`${url}/servers`, { signal })
    return ok
  } catch {
    // Not yet; the caller looks whether the process still runs.
    return false
  }
}
