import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { crashMatrix } from './crash-matrix.ts'

/** The whole matrix, or `CRASH_POINTS` of it chosen by `CRASH_SEED` (default 1). */
export function fullMatrix(engine: ServerEngine): void {
  const points = process.env['CRASH_POINTS']
  crashMatrix({
    engine,
    seed: Number(process.env['CRASH_SEED'] ?? 1),
    ...(points !== undefined && { points: Number(points) }),
    timeoutMs: 4 * 3_600_000,
    verbose: true,
  })
}
