import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

/** Looks again and again until what is seen equals `wanted`. Not vitest's `expect.poll`: benches use it, too. */
export async function until<T>(
  look: () => T | Promise<T>,
  wanted: T,
  { withinMs, everyMs = 50 }: { readonly withinMs: number; readonly everyMs?: number },
): Promise<void> {
  const giveUpAt = performance.now() + withinMs
  for (;;) {
    const seen = await look()
    if (isDeepStrictEqual(seen, wanted)) return
    if (performance.now() > giveUpAt)
      throw new Error(
        `after ${withinMs} ms it is still ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`,
      )
    await sleep(everyMs)
  }
}
