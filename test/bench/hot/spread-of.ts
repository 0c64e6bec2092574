import { median, percentile, round } from '../statistics.ts'

/** Middle, nineteen in twenty, and the largest, to a tenth. */
export interface Spread {
  readonly p50: number
  readonly p95: number
  readonly max: number
}

export function spreadOf(values: readonly number[]): Spread {
  return {
    p50: round(median(values), 1),
    p95: round(percentile(values, 0.95), 1),
    max: round(Math.max(...values), 1),
  }
}
