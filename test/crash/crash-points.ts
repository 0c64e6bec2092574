import { seededRandom } from '../../src/lab/load/seeded-random.ts'
import { nameOf, type Moment } from './journal-gate.ts'

export type Recovery = 'resume' | 'undo'

/** One round of the matrix. */
export interface CrashPoint {
  /** Name of the moment at which the run is killed. */
  readonly moment: string
  /** Where it stands in an uninterrupted run. */
  readonly position: number
  /** Killed so long after it was allowed to go on: in the middle of the deed. Milliseconds. */
  readonly afterMs?: number
  readonly recovery: Recovery
  /** The recovery itself is killed at its moment with this position, when it comes so far. */
  readonly second?: number
}

export function titleOf(point: CrashPoint): string {
  const late = point.afterMs === undefined ? '' : ` + ${point.afterMs} ms`
  const second = point.second === undefined ? '' : `, killed again at its moment ${point.second}`
  return `${point.moment}${late}, then ${point.recovery}${second}`
}

/** The last moment of the way forward at which undo is still offered. */
function noReturnAt(moments: readonly Moment[]): number {
  return moments.findIndex(({ side, type }) => side === 'after' && type === 'no-return.passed')
}

/**
 * Every moment of an uninterrupted run; after each entry that begins something also in the middle of the deed. Each
 * with resume and, while it is offered, undo; each of those once more with a second kill.
 */
export function everyPoint(moments: readonly Moment[], seed: number): readonly CrashPoint[] {
  const random = seededRandom(seed)
  const noReturn = noReturnAt(moments)
  return moments.flatMap((moment, position) => {
    const recoveries: readonly Recovery[] = position < noReturn ? ['resume', 'undo'] : ['resume']
    const begins = moment.side === 'after' && /intended|waiting/.test(moment.type)
    const delays = begins ? [undefined, Math.round(random() ** 2 * 1500)] : [undefined]
    return delays.flatMap((afterMs) =>
      recoveries.flatMap((recovery) => {
        const once = { moment: nameOf(moment), position, recovery, ...(afterMs !== undefined && { afterMs }) }
        const left = recovery === 'resume' ? moments.length - position : 8 + position / 4
        return [once, { ...once, second: Math.floor(random() * left) }]
      }),
    )
  })
}

/** The moments that every sample has. */
const always: readonly (readonly [moment: string, recovery: Recovery])[] = [
  ['after step.intended config-read-only', 'undo'],
  ['after step.intended restart-read-only', 'undo'],
  ['after step.intended fence', 'resume'],
  ['after step.intended stop-sync', 'undo'],
  ['after step.intended allow-writes', 'undo'],
  ['after no-return.passed allow-writes', 'resume'],
]

/** The fixed points and as many others as asked for, in the order of the run. */
export function samplePoints(all: readonly CrashPoint[], count: number, seed: number): readonly CrashPoint[] {
  const random = seededRandom(seed + 1)
  const fixed = always.map(([moment, recovery]) => {
    const found = all.filter((one) => one.moment === moment && one.recovery === recovery)
    // Killed at the moment or in the deed, once or twice: the seed says.
    const chosen = found[Math.floor(random() * found.length)]
    if (!chosen) throw new Error(`an uninterrupted run has no moment ${moment}`)
    return chosen
  })
  const chosen = new Set(fixed)
  while (chosen.size < Math.min(count, all.length)) {
    const one = all[Math.floor(random() * all.length)]
    if (one) chosen.add(one)
  }
  return [...chosen].sort((a, b) => a.position - b.position)
}
