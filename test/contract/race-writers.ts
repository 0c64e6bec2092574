import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { isCutoverError } from '../../src/core/errors.ts'
import type { ConfigCenter, DocumentRef } from '../../src/core/ports/config-center.ts'
import type { OpenedCenter } from './config-center.ts'

export interface RaceOptions {
  /** How often a writer tries before it gives up. Default: until it has written. */
  readonly attempts?: number
}

const writers = 50
const deadlineMs = 200_000

/** One write that the center said yes to, or of which it said that nobody knows. */
interface Written {
  readonly count: number
  /** Absent: nobody knows. */
  readonly etag: string | undefined
  /** The version it was made from. */
  readonly from: string
}

/**
 * Fifty writers, half of them with another client, count one document up at the same time: exactly one of them wins
 * each version, and no acknowledged write is lost.
 */
export function raceWriters(
  name: string,
  open: () => Promise<OpenedCenter>,
  options: RaceOptions = {},
): void {
  describe(`${writers} writers on one document: ${name}`, () => {
    it(
      'one wins each version and no acknowledged write is lost',
      async () => {
        await using opened = await open()
        const { center, other } = opened
        const signal = AbortSignal.timeout(deadlineMs)
        setMaxListeners(0, signal)
        const ref = { group: 'DEFAULT_GROUP', dataId: `race-${randomUUID().slice(0, 8)}.yaml` }
        const first = await center.put(ref, textOf(0, 'nobody'), { expect: 'absent' }, signal)
        const won = await Promise.all(
          Array.from({ length: writers }, (_, writer) =>
            write(writer % 2 === 0 ? center : other, ref, `writer ${writer}`, options, signal),
          ),
        )
        const writes = won.flat().sort((one, another) => one.count - another.count)
        const acknowledged = writes.filter(({ etag }) => etag !== undefined)
        const stored = await center.get(ref, signal)
        const counts = Array.from({ length: countOf(stored?.content) }, (_, index) => index + 1)
        // Each version was made by one writer, who was told so, or that nobody knows because the next was so quick.
        expect(acknowledged.map(({ count }) => count)).toEqual([
          ...new Set(acknowledged.map(({ count }) => count)),
        ])
        expect(counts.filter((count) => !writes.some((write) => write.count === count))).toEqual([])
        expect(acknowledged.filter(({ count }) => !counts.includes(count))).toEqual([])
        // And from the one before it: nobody overwrote what he had not seen.
        for (const { count, from } of acknowledged) {
          const before = count === 1 ? first : acknowledged.find((write) => write.count === count - 1)
          if (before) expect(from).toBe(before.etag)
        }
        const last = acknowledged.at(-1)
        if (last?.count === counts.length) expect(stored?.etag).toBe(last.etag)
        const least = options.attempts === undefined ? writers : 1
        expect(writes.length).toBeGreaterThanOrEqual(least)
      },
      deadlineMs + 20_000,
    )
  })
}

async function write(
  center: ConfigCenter,
  ref: DocumentRef,
  who: string,
  { attempts = Infinity }: RaceOptions,
  signal: AbortSignal,
): Promise<readonly Written[]> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const seen = await center.get(ref, signal)
    const count = countOf(seen?.content) + 1
    const from = seen?.etag ?? ''
    try {
      const { etag } = await center.put(ref, textOf(count, who), { expect: { etag: from } }, signal)
      return [{ count, etag, from }]
    } catch (error) {
      if (isCutoverError(error) && error.code === 'system.ambiguous') {
        return [{ count, etag: undefined, from }]
      }
      // Nothing but the others may come between.
      if (!isCutoverError(error) || error.code !== 'conflict') throw error
    }
  }
  return []
}

function textOf(count: number, who: string): string {
  return `count: ${count}\nby: ${who}\n`
}

function countOf(content: string | undefined): number {
  return Number(/^count: (\d+)$/m.exec(content ?? '')?.[1] ?? Number.NaN)
}
