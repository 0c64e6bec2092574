/** The value below which a share of the values lies (nearest rank). @throws for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new Error('no values')
  return value
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** p50, p95 and the largest, rounded to whole units. With fewer than 20 values p95 is the largest. */
export function spread(values: readonly number[]): {
  readonly p50: number
  readonly p95: number
  readonly max: number
} {
  return {
    p50: Math.round(median(values)),
    p95: Math.round(percentile(values, 0.95)),
    max: Math.round(Math.max(...values)),
  }
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
