/**
 * After this time a reader may expect an order: until then a read may go to a server that replication has not reached,
 * which a stop-write cutover does not promise. Milliseconds.
 */
const settledAfterMs = 2000

/** Orders that must be readable: those from before the load, and those acknowledged a while ago. */
export interface KnownOrders {
  acknowledged(id: string, atMs: number): void
  /** @param random from 0 up to 1. undefined: none is known yet. */
  pick(random: number): string | undefined
  /** An order of the load itself, acknowledged a while ago. */
  pickOwn(random: number): string | undefined
  settle(nowMs: number): void
}

export function trackOrders(seeded: readonly string[]): KnownOrders {
  const fresh: { readonly id: string; readonly atMs: number }[] = []
  const own: string[] = []
  const at = (list: readonly string[], random: number) => list[Math.floor(random * list.length)]
  return {
    acknowledged: (id, atMs) => void fresh.push({ id, atMs }),
    settle(nowMs) {
      let count = 0
      for (; count < fresh.length; count += 1) {
        const next = fresh[count]
        if (!next || next.atMs + settledAfterMs > nowMs) break
        own.push(next.id)
      }
      fresh.splice(0, count)
    },
    pick: (random) => (random < 0.5 ? at(seeded, random * 2) : at(own, random * 2 - 1)) ?? at(seeded, random),
    pickOwn: (random) => at(own, random),
  }
}
