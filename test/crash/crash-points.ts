import { seededRandom } from '../../src/lab/load/seeded-random.ts'
import type { CrashMode } from './crash-modes.ts'
import { nameOf, type Moment } from './journal-gate.ts'

export type Recovery = 'resume' | 'undo'

/** What dies while a supervisor watches: the worker once, again in its recovery, for good, or both processes. */
export type Supervised = 'once' | 'again' | 'always' | 'both'

/** One round of the matrix. */
export interface CrashPoint {
  /** Name of the moment at which the run is killed; empty: it is not. */
  readonly moment: string
  /** Where it stands in an uninterrupted run. */
  readonly position: number
  /** The step or gate whose entry it is; absent at entries of the run itself. */
  readonly item?: string
  /** Killed so long after it was allowed to go on: in the middle of the deed. Milliseconds. */
  readonly afterMs?: number
  /** What a person types then; with a supervisor also what the playbook wants (onCrash). */
  readonly recovery: Recovery
  /** The recovery itself is killed at its moment with this position, when it comes so far. */
  readonly second?: number
  /** Absent: the run is one process, and a person takes it up. */
  readonly supervised?: Supervised
}

const whatDies: Readonly<Record<Supervised, string>> = {
  once: 'worker',
  again: 'worker, and again',
  always: 'worker, and all after it',
  both: 'worker and supervisor',
}

export function titleOf(point: CrashPoint): string {
  if (point.moment === '') return 'nobody is killed'
  const late = point.afterMs === undefined ? '' : ` + ${point.afterMs} ms`
  const second = point.second === undefined ? '' : `, killed again at its moment ${point.second}`
  const who = point.supervised ? `${whatDies[point.supervised]} ` : ''
  return `${who}${point.moment}${late}, then ${point.recovery}${second}`
}

/** The last moment of the way forward at which undo is still offered. */
function noReturnAt(moments: readonly Moment[]): number {
  return moments.findIndex(({ side, type }) => side === 'after' && type === 'no-return.passed')
}

/**
 * Every moment of an uninterrupted run; after each entry that begins something also in the middle of the deed. Each
 * with resume and, while it is offered, undo; each of those once more with a second kill, and with a supervisor.
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
        const once = {
          moment: nameOf(moment),
          position,
          recovery,
          ...(moment.id !== undefined && { item: moment.id }),
          ...(afterMs !== undefined && { afterMs }),
        }
        const left = recovery === 'resume' ? moments.length - position : 8 + position / 4
        const again = { ...once, second: Math.floor(random() * left) }
        return [once, again].concat(watched(once, again, moments))
      }),
    )
  })
}

/** The pause is what a supervisor is for; outside it has nothing to do but to say so. */
function watched(once: CrashPoint, again: CrashPoint, moments: readonly Moment[]): readonly CrashPoint[] {
  const [from, to] = pauseOf(moments)
  if (once.position < from || once.position >= to) {
    return once.recovery === 'resume' ? [{ ...once, supervised: 'once' }] : []
  }
  return [
    { ...once, supervised: 'once' },
    { ...again, supervised: 'again' },
    { ...once, supervised: 'always' },
    { ...once, supervised: 'both' },
  ]
}

/** From the first moment at which the journal knows of the pause to the first at which it knows that it is over. */
export function pauseOf(moments: readonly Moment[]): readonly [from: number, to: number] {
  const starts = (phase: string): number =>
    moments.findIndex(({ side, type, id }) => side === 'after' && type === 'phase.started' && id === phase)
  // Its last item is done one entry, two moments, before "after phase.started settle".
  return [starts('pause'), starts('settle') - 2]
}

/** So many rounds of each sort every sample has besides those. */
const supervisedRounds: readonly (readonly [Supervised, Recovery, count: number])[] = [
  ['once', 'resume', 1],
  ['once', 'undo', 1],
  ['again', 'resume', 1],
  ['always', 'resume', 1],
  ['both', 'undo', 1],
]

/** A run that nobody kills: what the pauses of the others are measured by. */
const undisturbed: CrashPoint = { moment: '', position: 0, recovery: 'resume', supervised: 'once' }

export interface SampleWish {
  readonly count: number
  readonly seed: number
  /** Positions between which users wait. */
  readonly pause: readonly [from: number, to: number]
}

/** The fixed points and as many others as asked for, in the order of the run. */
export function samplePoints(
  all: readonly CrashPoint[],
  always: CrashMode['always'],
  { count, seed, pause: [from, to] }: SampleWish,
): readonly CrashPoint[] {
  const random = seededRandom(seed + 1)
  const oneOf = (found: readonly CrashPoint[], what: string): CrashPoint => {
    const chosen = found[Math.floor(random() * found.length)]
    if (!chosen) throw new Error(`an uninterrupted run has no moment ${what}`)
    return chosen
  }
  const byHand = all.filter(({ supervised }) => !supervised)
  const chosen = new Set(
    always.map(([moment, recovery]) =>
      // Killed at the moment or in the deed, once or twice: the seed says.
      oneOf(
        byHand.filter((one) => one.moment === moment && one.recovery === recovery),
        moment,
      ),
    ),
  )
  const inPause = all.filter(({ position }) => position >= from && position < to)
  for (const [sort, recovery, wanted] of supervisedRounds) {
    const found = inPause.filter((one) => one.supervised === sort && one.recovery === recovery)
    for (let left = wanted; left > 0; left -= 1) chosen.add(oneOf(found, `for ${sort}`))
  }
  // Killed over and over again, a run takes long, and once is enough for a sample.
  const others = all.filter(({ supervised }) => supervised !== 'always')
  while (chosen.size < Math.min(count, others.length)) chosen.add(oneOf(others, 'at all'))
  return [undisturbed, ...[...chosen].sort((a, b) => a.position - b.position)]
}

/**
 * One kill at every moment, and in the middle of every deed, with each way of recovery; killed again, and under a
 * supervisor, once at every step and gate, where in it the seed says. In the pause a supervisor has every moment.
 */
export function thinned(
  all: readonly CrashPoint[],
  seed: number,
  pause: readonly [number, number],
): readonly CrashPoint[] {
  const random = seededRandom(seed + 3)
  const groups = new Map<string, CrashPoint[]>()
  for (const point of all) {
    const key = groupOf(point, pause) ?? titleOf(point)
    groups.set(key, [...(groups.get(key) ?? []), point])
  }
  const chosen = [...groups.values()].map((points) => points[Math.floor(random() * points.length)])
  const kept = new Set(chosen)
  return all.filter((point) => kept.has(point))
}

/** Points of which one is enough have the same; absent where each is tried. */
function groupOf(point: CrashPoint, [from, to]: readonly [number, number]): string | undefined {
  const { supervised, second, item = '', recovery, position } = point
  const inPause = position >= from && position < to
  if (supervised === undefined) return second === undefined ? undefined : `${item} ${recovery} again`
  if (supervised === 'once' && inPause) return undefined
  return `${item} ${recovery} ${supervised}`
}

/** All points, with the run that nobody kills first. */
export function allPoints(all: readonly CrashPoint[]): readonly CrashPoint[] {
  return [undisturbed, ...all]
}

/** In an order that the seed chooses, the run that nobody kills first: as many as there is time for are a fair sample. */
export function shuffled([first, ...others]: readonly CrashPoint[], seed: number): readonly CrashPoint[] {
  const random = seededRandom(seed + 2)
  const order = others.map((point) => ({ point, key: random() })).sort((a, b) => a.key - b.key)
  return [...(first ? [first] : []), ...order.map(({ point }) => point)]
}
