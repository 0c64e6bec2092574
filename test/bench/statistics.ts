/** A figure, and the bounds between which it lies with 95 % confidence. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** The value below which a share of the values lies (nearest rank). @throws for no values. */
export function percentile(values: readonly number[], share: number): number {
  return ranked(
    values.toSorted((a, b) => a - b),
    share,
  )
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** By the ranks of the values themselves: nothing is supposed about how they are spread. */
export function medianEstimate(values: readonly number[]): Estimate {
  const sorted = values.toSorted((a, b) => a - b)
  const aside = 1.96 / (2 * Math.sqrt(sorted.length))
  return {
    value: ranked(sorted, 0.5),
    low: ranked(sorted, Math.max(0, 0.5 - aside)),
    high: ranked(sorted, Math.min(1, 0.5 + aside)),
  }
}

/**
 * A figure of what was taken together, as often estimated anew from as many draws with replacement as there are takes.
 *
 * @param figure of the takes drawn.
 */
export function bootstrapEstimate<T>(
  takes: readonly T[],
  figure: (takes: readonly T[]) => number,
  draws = 200,
): Estimate {
  const figures = Array.from({ length: draws }, () =>
    figure(takes.map(() => takes[Math.floor(Math.random() * takes.length)] as T)),
  )
  return { value: figure(takes), low: percentile(figures, 0.025), high: percentile(figures, 0.975) }
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

function ranked(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new Error('no values')
  return value
}
