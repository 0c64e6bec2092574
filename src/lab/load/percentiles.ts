import type { Latency } from './types.ts'

/** Nearest-rank percentiles; all 0 without values. */
export function percentiles(values: readonly number[]): Latency {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}
