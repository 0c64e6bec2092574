import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { readPart } from '../crash/part-of.ts'
import { faultMatrix } from './fault-matrix.ts'

/**
 * One fault of each kind once at every step and gate, which and where in it `FAULTS_SEED` says (default 1).
 * `FAULTS_POINTS`: so many, or `faults`: each fault of each kind there, or `all`: each at every moment. `FAULTS_PART=2/3`:
 * the second of three parts. `FAULTS_SKIP` leaves out so many of the first. `FAULTS_ONLY` and `FAULTS_AT` narrow it down
 * to faults and moments with these words in their names, `FAULTS_KEEP` names a directory for what went wrong.
 */
export function fullMatrix(engine: ServerEngine): void {
  const {
    FAULTS_POINTS: points,
    FAULTS_PART: part,
    FAULTS_ONLY: only,
    FAULTS_AT: at,
    FAULTS_SEED: seed = '1',
    FAULTS_SKIP: skip = '0',
  } = process.env
  faultMatrix({
    engine,
    seed: Number(seed),
    ...(points !== undefined && {
      points: points === 'all' || points === 'faults' ? points : Number(points),
    }),
    ...(part !== undefined && { part: readPart('FAULTS_PART', part) }),
    ...(only !== undefined && { only }),
    ...(at !== undefined && { at }),
    skip: Number(skip),
    longestMs: 3000,
    timeoutMs: 24 * 3_600_000,
    verbose: true,
  })
}
