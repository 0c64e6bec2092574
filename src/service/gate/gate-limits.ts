import type { GateLimits } from './write-gate.ts'

/** See {@link GateLimits} for what each means. */
export const defaultGateLimits: GateLimits = {
  holdMs: 8000,
  held: 1000,
  heldPerKey: 100,
  bytes: 16 * 1024 * 1024,
  releaseStart: 8,
  releaseConcurrency: 32,
}

/**
 * The limits with defaults filled in.
 * @throws RangeError for one that is no number or too small: a gate that let nobody in again would look like a hang.
 */
export function gateLimits(given: Partial<GateLimits> = {}): GateLimits {
  const limits = { ...defaultGateLimits, ...withoutUndefined(given) }
  for (const name of Object.keys(defaultGateLimits) as (keyof GateLimits)[]) {
    const least = name.startsWith('release') ? 1 : 0
    if (!(limits[name] >= least))
      throw new RangeError(`The limit ${name} of the gate must be ${least} or more.`)
  }
  return limits
}

function withoutUndefined(given: Partial<GateLimits>): Partial<GateLimits> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
