import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { isCutoverError } from '../../src/core/errors.ts'
import type { ConfigCenter, DocumentRef } from '../../src/core/ports/config-center.ts'
import type { OpenedCenter } from '../contract/config-center.ts'

// Measured: every second or third round leaves the two rows different.
const rounds = 60

/** 3.1 keeps a document of the public namespace in two rows; when they differ, every compare-and-set fails. */
export function wedgedDocument(open: () => Promise<OpenedCenter>): void {
  it('a document whose two rows differ is told as wedged, and one publish without a condition heals it', async () => {
    await using opened = await open()
    const { center } = opened
    const signal = AbortSignal.timeout(100_000)
    const ref = { group: 'DEFAULT_GROUP', dataId: `wedge-${randomUUID().slice(0, 8)}.yaml` }
    await wedge(opened, ref, signal)
    const stuck = await center.get(ref, signal)
    const expected = { expect: { etag: stuck?.etag ?? '' } }
    await expect(center.put(ref, 'a: new', expected, signal)).rejects.toMatchObject({
      code: 'system.refused',
      message: expect.stringContaining('wedged') as string,
    })
    expect((await center.get(ref, signal))?.content).toBe(stuck?.content)
    const healed = await center.put(ref, stuck?.content ?? '', { expect: 'any' }, signal)
    const next = await center.put(ref, 'a: new', { expect: { etag: healed.etag } }, signal)
    expect(next.content).toBe('a: new')
  }, 120_000)
}

/** Publishes without a condition from many sides at once until the server mixes up its rows. */
async function wedge({ center, other }: OpenedCenter, ref: DocumentRef, signal: AbortSignal): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    await Promise.allSettled(
      [center, other, center, other].map((each, writer) =>
        each.put(ref, `round: ${round}\nby: ${writer}\n`, { expect: 'any' }, signal),
      ),
    )
    if (await isWedged(center, ref, signal)) return
  }
  expect.unreachable(`the server kept its rows alike through ${rounds} rounds`)
}

/** Whether a compare-and-set with the version just read is refused. */
export async function isWedged(
  center: ConfigCenter,
  ref: DocumentRef,
  signal: AbortSignal,
): Promise<boolean> {
  const seen = await center.get(ref, signal)
  try {
    await center.put(ref, `${seen?.content ?? ''}#`, { expect: { etag: seen?.etag ?? '' } }, signal)
    return false
  } catch (error) {
    if (isCutoverError(error) && error.message.includes('is wedged')) return true
    throw error
  }
}
