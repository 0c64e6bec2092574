import { describe, expect, it } from 'vitest'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import {
  allPoints,
  everyPoint,
  pauseOf,
  samplePoints,
  shuffled,
  thinned,
  titleOf,
  type CrashPoint,
} from './crash-points.ts'
import { crashModes, type CrashMode } from './crash-modes.ts'
import { crashRound } from './crash-round.ts'
import { openStage, type OpenStage } from './open-stage.ts'
import { partOf, type Part } from './part-of.ts'
import { seconds, summaryOf, Tally } from './tally.ts'

export interface MatrixOptions {
  readonly engine: ServerEngine
  readonly mode: CrashMode['name']
  /** Points to try; left out: every moment once, further kills once at every step and gate. */
  readonly points?: number | 'all'
  /** Tries only points whose title has this text. */
  readonly only?: string
  /** Tries only this part of the whole. */
  readonly part?: Part
  /** Leaves out so many of its first points, but not the run that nobody kills. Default 0. */
  readonly skip?: number
  /** Chooses points, delays and second kills. */
  readonly seed: number
  /** After so long no further round is begun, and the order is random. Left out: all are tried. Milliseconds. */
  readonly noLongerThanMs?: number
  /** How long all rounds together may take, milliseconds. */
  readonly timeoutMs: number
  /** Says what became of each round, not only of the bad ones. */
  readonly verbose?: boolean
}

/** Kills a run at every moment, or at some, and recovers it. */
export function crashMatrix(options: MatrixOptions): void {
  const { engine, mode, seed } = options
  const what = mode === 'hot' ? 'a live switch' : 'a cutover'
  describe(`${what} whose runner is killed on ${engine}`, () => {
    it(
      `ends whole, or as if it had never begun (seed ${seed})`,
      async () => {
        await using stage = await openStage(engine, crashModes[mode])
        const all = everyPoint(stage.moments, seed)
        const points = choose(all, options, pauseOf(stage.moments))
        const tally = await tryAll(stage, points, options)
        console.log(summaryOf(`${engine}, ${mode}`, seed, all.length, tally))
        expect(tally.bad).toEqual([])
      },
      options.timeoutMs,
    )
  })
}

function choose(
  all: readonly CrashPoint[],
  { mode, points, seed, part, skip = 0 }: MatrixOptions,
  pause: readonly [number, number],
): readonly CrashPoint[] {
  if (typeof points === 'number')
    return samplePoints(all, crashModes[mode].always, { count: points, seed, pause })
  const wanted = points === 'all' ? all : thinned(all, seed, pause)
  return allPoints(partOf(wanted, part).slice(skip))
}

async function tryAll(
  stage: OpenStage,
  points: readonly CrashPoint[],
  { seed, verbose = false, noLongerThanMs, only = '' }: MatrixOptions,
): Promise<Tally> {
  const tally = new Tally()
  const startedAt = performance.now()
  const wanted = points.filter((point) => titleOf(point).includes(only))
  const order = noLongerThanMs === undefined ? wanted : shuffled(wanted, seed)
  for (const [index, point] of order.entries()) {
    if (performance.now() - startedAt > (noLongerThanMs ?? Number.POSITIVE_INFINITY)) break
    const result = await crashRound(stage, point)
    tally.add(point, result)
    const { ended, killed, violations } = result
    const outcome = `${titleOf(point)}: ${ended}${killed || point.moment === '' ? '' : ', before the kill'}`
    const line = violations.length > 0 ? `${outcome}: ${violations.join('; ')}` : outcome
    if (violations.length > 0) tally.bad.push(line)
    if (verbose || violations.length > 0)
      console.log(`${index + 1}/${points.length} ${seconds(tally.lastMs)} ${line}`)
  }
  return tally
}
