import type { WriteCounts } from '../../src/core/instance-status.ts'

/** A process in which nothing is under way, held, or ever was. */
export const noWrites: WriteCounts = {
  running: 0,
  oldestMs: 0,
  held: 0,
  heldBytes: 0,
  released: 0,
  expired: 0,
  rejected: 0,
  abandoned: 0,
}
