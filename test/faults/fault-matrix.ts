import { describe, expect, it } from 'vitest'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { partOf, type Part } from '../crash/part-of.ts'
import { allFaults } from './all-faults.ts'
import { canFakeTime, clockJumped } from './clock-fault.ts'
import { everyPoint, onePerItem, samplePoints, titleOf, type FaultPoint } from './fault-points.ts'
import { faultRound } from './fault-round.ts'
import { openFaultStage, type FaultStage } from './open-fault-stage.ts'

export interface FaultMatrixOptions {
  readonly engine: ServerEngine
  /**
   * Points to try; left out: one fault of each kind once at every step and gate; `faults`: each fault of each kind there.
   * A number: each fault is among them at least once. A half: one of every other kind, so that two engines together have
   * each kind.
   */
  readonly points?: number | 'faults' | 'all' | 'one half of the kinds' | 'the other half of the kinds'
  /** Only this part of them. */
  readonly part?: Part
  /** Leaves out so many of its first points. Default 0. */
  readonly skip?: number
  /** Only faults whose name contains this. Default: all. */
  readonly only?: string
  /** Only moments whose name contains this. Default: all. */
  readonly at?: string
  /** Chooses points and what each fault does. */
  readonly seed: number
  /** Longest time a system is away, milliseconds; the runner is stopped for five times as long. */
  readonly longestMs: number
  readonly timeoutMs: number
  /** Says what became of each round, not only of the bad ones. */
  readonly verbose?: boolean
}

/** Lets faults strike a stop-write run at every moment, or at some, and recovers it. */
export function faultMatrix(options: FaultMatrixOptions): void {
  const { engine, seed } = options
  describe(`a cutover among faults on ${engine}`, () => {
    it(
      `ends whole, or as if it had never begun, or says what is true (seed ${seed})`,
      async () => {
        await using stage = await openFaultStage(engine)
        const faults = [...allFaults, ...(canFakeTime() ? [clockJumped] : [])].filter(({ name }) =>
          name.includes(options.only ?? ''),
        )
        const all = everyPoint(stage.moments, faults, seed).filter(({ moment }) =>
          moment.includes(options.at ?? ''),
        )
        const points = partOf(choose(all, options), options.part).slice(options.skip)
        const tally = await tryAll(stage, points, options)
        console.log(
          `${engine}: ${points.length} of ${all.length} fault points, seed ${seed}, ${tally.bad.length} with violations\n${tally.table}`,
        )
        expect(tally.bad).toEqual([])
      },
      options.timeoutMs,
    )
  })
}

function choose(
  all: readonly FaultPoint[],
  { points, seed, engine }: FaultMatrixOptions,
): readonly FaultPoint[] {
  // The engines choose differently, so that together they have more of them.
  if (points === undefined) return onePerItem(all, 'kind', seed * 2 + (engine === 'mysql' ? 1 : 0))
  if (points === 'faults') return onePerItem(all, 'name', seed)
  if (points === 'all') return all
  if (typeof points === 'number') return samplePoints(all, { each: 'name', count: points, seed })
  const kinds = [...new Set(all.map(({ fault }) => fault.kind))]
  const rest = points === 'one half of the kinds' ? 0 : 1
  const half = all.filter(({ fault }) => kinds.indexOf(fault.kind) % 2 === rest)
  return samplePoints(half, { each: 'kind', count: 0, seed })
}

async function tryAll(
  stage: FaultStage,
  points: readonly FaultPoint[],
  options: FaultMatrixOptions,
): Promise<{ readonly bad: readonly string[]; readonly table: string }> {
  const bad: string[] = []
  const ends = new Map<string, Map<string, number>>()
  for (const [index, point] of points.entries()) {
    const startedAt = performance.now()
    const result = await faultRound(stage, point, options.longestMs)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    const end = result.struck ? `${result.ended} → ${result.finally}` : 'not struck'
    const line = `${titleOf(point)}: ${end}${result.why === '' ? '' : ` (${result.why})`}`
    const wrong = result.violations.length > 0
    if (wrong) bad.push(`${line}: ${result.violations.join('; ')}`)
    const ofFault = ends.get(point.fault.name) ?? new Map<string, number>()
    ends.set(point.fault.name, ofFault.set(end, (ofFault.get(end) ?? 0) + 1))
    if (wrong || options.verbose)
      console.log(`${index + 1}/${points.length} ${seconds}s ${wrong ? bad.at(-1) : line}`)
  }
  return { bad, table: render(ends) }
}

function render(ends: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  return [...ends]
    .map(
      ([fault, counts]) => `  ${fault}: ${[...counts].map(([end, count]) => `${count} ${end}`).join(', ')}`,
    )
    .join('\n')
}
