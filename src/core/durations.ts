import { z } from 'zod'

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }

/** Reads `200ms`, `30s`, `5m`, `2h` (also `5min`, `1.5s`) as milliseconds; undefined when it is none of them. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)$/.exec(text.trim())
  if (!match) return undefined
  return Number(match[1]) * (units[match[2] ?? ''] ?? Number.NaN)
}

/** A schema for a duration written with its unit; its output is milliseconds. */
export function duration(description: string): z.ZodType<number> {
  return z
    .string()
    .regex(/^\d+(\.\d+)?\s*(ms|s|min|m|h)$/, 'a duration with its unit, such as 200ms, 30s, 5m')
    .transform((text) => parseDuration(text) ?? Number.NaN)
    .meta({ description, examples: ['30s'], holds: 'duration' })
}
