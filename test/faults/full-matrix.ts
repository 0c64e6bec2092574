import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { faultMatrix } from './fault-matrix.ts'

/**
 * The whole matrix, or `FAULTS_POINTS` of it chosen by `FAULTS_SEED` (default 1). `FAULTS_ONLY` and `FAULTS_AT` narrow it
 * down to faults and moments with these words in their names, `FAULTS_KEEP` names a directory for what went wrong.
 */
export function fullMatrix(engine: ServerEngine): void {
  const { FAULTS_POINTS: points, FAULTS_ONLY: only, FAULTS_AT: at, FAULTS_SEED: seed = '1' } = process.env
  faultMatrix({
    engine,
    seed: Number(seed),
    ...(points !== undefined && { points: Number(points) }),
    ...(only !== undefined && { only }),
    ...(at !== undefined && { at }),
    longestMs: 3000,
    timeoutMs: 24 * 3_600_000,
    verbose: true,
  })
}
