import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { crashMatrix } from './crash-matrix.ts'
import type { CrashMode } from './crash-modes.ts'
import { readPart } from './part-of.ts'

/**
 * One kill at every moment and further ones once at every step and gate, where in it `CRASH_SEED` says (default 1).
 * `CRASH_POINTS`: so many, or `all`: each sort of kill at every moment. With `CRASH_MINUTES`, in an order that
 * the seed chooses, and no longer than that. With `CRASH_ONLY`, those whose title has this text. `CRASH_PART=2/3`: the
 * second of three parts, which together are the whole;
 * `CRASH_SKIP=200`: without its first 200 points, to go on where an earlier sitting ended.
 * `CRASH_MODE=hot`: of the live switch instead of the one with restarts.
 */
export function fullMatrix(engine: ServerEngine): void {
  const {
    CRASH_MODE: mode = 'restart',
    CRASH_POINTS: points,
    CRASH_SEED: seed = '1',
    CRASH_MINUTES: minutes,
    CRASH_ONLY: only,
    CRASH_PART: part,
    CRASH_SKIP: skip,
  } = process.env
  crashMatrix({
    engine,
    mode: readMode(mode),
    seed: Number(seed),
    ...(points !== undefined && { points: points === 'all' ? points : Number(points) }),
    ...(minutes !== undefined && { noLongerThanMs: Number(minutes) * 60_000 }),
    ...(only !== undefined && { only }),
    ...(skip !== undefined && { skip: Number(skip) }),
    ...(part !== undefined && { part: readPart('CRASH_PART', part) }),
    timeoutMs: 4 * 3_600_000,
    verbose: true,
  })
}

/** @throws for another word. */
function readMode(text: string): CrashMode['name'] {
  if (text === 'hot' || text === 'restart') return text
  throw new Error(`CRASH_MODE is "${text}"; write hot or restart`)
}
