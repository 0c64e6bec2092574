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

/** One write that the center said yes to. */
interface Acknowledged {
  readonly count: number
  readonly etag: string
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
        const acknowledged = won.flat().sort((one, another) => one.count - another.count)
        const stored = await center.get(ref, signal)
        expect(countOf(stored?.content)).toBe(acknowledged.length)
        expect(stored?.etag).toBe(acknowledged.at(-1)?.etag)
        // Each version was made from the one before it: nobody overwrote what he had not seen.
        expect(acknowledged.map(({ count }) => count)).toEqual(acknowledged.map((_, index) => index + 1))
        expect(acknowledged.map(({ from }) => from)).toEqual(
          [first, ...acknowledged].slice(0, -1).map(({ etag }) => etag),
        )
        expect(acknowledged.length).toBeGreaterThanOrEqual(options.attempts ?? writers)
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
): Promise<readonly Acknowledged[]> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const seen = await center.get(ref, signal)
    const count = countOf(seen?.content) + 1
    const from = seen?.etag ?? ''
    try {
      const { etag } = await center.put(ref, textOf(count, who), { expect: { etag: from } }, signal)
      return [{ count, etag, from }]
    } catch (error) {
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
