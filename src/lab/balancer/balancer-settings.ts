import type { BalancerOptions } from './balancer.ts'

const name = 'CUTOVER_LAB_BALANCER'

/** The environment that makes {@link readBalancerSettings} return these settings. */
export function balancerEnvironment(settings: BalancerOptions): Record<string, string> {
  return { [name]: JSON.stringify(settings) }
}

export function readBalancerSettings(environment: NodeJS.ProcessEnv): BalancerOptions {
  return JSON.parse(environment[name] ?? '') as BalancerOptions
}
