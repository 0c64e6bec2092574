import { describe, expect, it } from 'vitest'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { everyPoint, samplePoints, titleOf, type CrashPoint } from './crash-points.ts'
import { crashRound } from './crash-round.ts'
import { openStage, type OpenStage } from './open-stage.ts'

export interface MatrixOptions {
  readonly engine: ServerEngine
  /** Points to try; left out: all of them. */
  readonly points?: number
  /** Chooses points, delays and second kills. */
  readonly seed: number
  /** How long all rounds together may take, milliseconds. */
  readonly timeoutMs: number
  /** Says what became of each round, not only of the bad ones. */
  readonly verbose?: boolean
}

/** Kills a stop-write run at every moment, or at some, and recovers it. */
export function crashMatrix(options: MatrixOptions): void {
  const { engine, seed } = options
  describe(`a cutover whose runner is killed on ${engine}`, () => {
    it(
      `ends whole, or as if it had never begun (seed ${seed})`,
      async () => {
        await using stage = await openStage(engine)
        const all = everyPoint(stage.moments, seed)
        const points = options.points === undefined ? all : samplePoints(all, options.points, seed)
        const bad = await tryAll(stage, points, options.verbose === true)
        console.log(
          `${engine}: ${points.length} of ${all.length} crash points, seed ${seed}, ${bad.length} with violations`,
        )
        expect(bad).toEqual([])
      },
      options.timeoutMs,
    )
  })
}

async function tryAll(stage: OpenStage, points: readonly CrashPoint[], verbose: boolean): Promise<string[]> {
  const bad: string[] = []
  for (const [index, point] of points.entries()) {
    const startedAt = performance.now()
    const { ended, killed, violations } = await crashRound(stage, point)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    const line = `${titleOf(point)}: ${ended}${killed ? '' : ', before the kill'}`
    if (violations.length > 0) bad.push(`${line}: ${violations.join('; ')}`)
    if (verbose || violations.length > 0)
      console.log(
        `${index + 1}/${points.length} ${seconds}s ${bad.at(-1)?.startsWith(line) ? bad.at(-1) : line}`,
      )
  }
  return bad
}
