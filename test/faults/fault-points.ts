import { seededRandom } from '../../src/lab/load/seeded-random.ts'
import { nameOf, type Moment } from '../crash/journal-gate.ts'
import type { Fault } from './fault.ts'

/** One round of the matrix. */
export interface FaultPoint {
  readonly fault: Fault
  readonly moment: string
  /** The step or gate whose entry it is; absent at entries of the run itself. */
  readonly item?: string
  /** Where it stands in an uninterrupted run. */
  readonly position: number
  /** It strikes so long after the run was allowed to go on, milliseconds. Left out: before that. */
  readonly afterMs?: number
  readonly seed: number
}

export function titleOf({ fault, moment, afterMs, seed }: FaultPoint): string {
  return `${fault.name}, ${moment}${afterMs === undefined ? '' : ` + ${afterMs} ms`} (${seed})`
}

/** Every fault at every moment; after each entry that begins something also in the middle of the deed. */
export function everyPoint(
  moments: readonly Moment[],
  faults: readonly Fault[],
  seed: number,
): readonly FaultPoint[] {
  const random = seededRandom(seed)
  return moments.flatMap((moment, position) => {
    const begins = moment.side === 'after' && /intended|waiting|no-return/.test(moment.type)
    return faults.flatMap((fault) => {
      const point = (): FaultPoint => ({
        fault,
        moment: nameOf(moment),
        ...(moment.id !== undefined && { item: moment.id }),
        position,
        seed: Math.floor(random() * 1e6),
      })
      return begins ? [point(), { ...point(), afterMs: Math.round(random() ** 2 * 800) }] : [point()]
    })
  })
}

/**
 * Every fault, or one of every kind, once at every step and gate, at one of its moments or in the middle of its deed:
 * the seed says where.
 */
export function onePerItem(
  all: readonly FaultPoint[],
  each: 'name' | 'kind',
  seed: number,
): readonly FaultPoint[] {
  const random = seededRandom(seed + 2)
  const groups = new Map<string, FaultPoint[]>()
  for (const point of all) {
    if (point.item === undefined) continue
    const key = `${point.item}: ${point.fault[each]}`
    groups.set(key, [...(groups.get(key) ?? []), point])
  }
  return [...groups.values()].flatMap((points) => points[Math.floor(random() * points.length)] ?? [])
}

/** One of each group where it bites, then others as asked for; in the order of the run. */
export function samplePoints(
  all: readonly FaultPoint[],
  options: { readonly each: 'name' | 'kind'; readonly count: number; readonly seed: number },
): readonly FaultPoint[] {
  const random = seededRandom(options.seed + 1)
  const pick = (from: readonly FaultPoint[]): FaultPoint | undefined =>
    from[Math.floor(random() * from.length)]
  const groups = [...new Set(all.map(({ fault }) => fault[options.each]))]
  const chosen = new Set(
    groups.map((group) => {
      const biting = all.filter(
        ({ fault, moment }) => fault[options.each] === group && fault.bites.test(moment),
      )
      const one = pick(biting)
      if (!one) throw new Error(`an uninterrupted run has no moment at which this bites: ${group}`)
      return one
    }),
  )
  while (chosen.size < Math.min(options.count, all.length)) {
    const one = pick(all)
    if (one) chosen.add(one)
  }
  return [...chosen].toSorted((a, b) => a.position - b.position)
}
