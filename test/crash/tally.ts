import type { CrashPoint } from './crash-points.ts'
import type { RoundResult } from './crash-round.ts'

/** What many rounds came to. */
export class Tally {
  /** Titles of those with violations, each with what was wrong. */
  readonly bad: string[] = []
  points = 0
  supervised = 0
  lastMs = 0
  readonly took = new Map<string, number>()
  /** The pause of the run that nobody killed, and those of runs whose worker was restarted to go on. Milliseconds. */
  undisturbedMs: number | undefined
  readonly restartedMs: number[] = []

  add(point: CrashPoint, { took, pauseMs, ended }: RoundResult): void {
    this.points += 1
    if (point.supervised) this.supervised += 1
    this.lastMs = Object.values(took).reduce((sum, ms) => sum + ms, 0)
    for (const [part, ms] of Object.entries(took)) this.took.set(part, (this.took.get(part) ?? 0) + ms)
    if (point.moment === '') this.undisturbedMs = pauseMs
    else if (point.supervised === 'once' && ended === 'completed' && pauseMs !== undefined)
      this.restartedMs.push(pauseMs)
  }
}

export function summaryOf(engine: string, seed: number, all: number, tally: Tally): string {
  const { points, supervised, bad } = tally
  return [
    `${engine}: ${points} of ${all + 1} crash points (${supervised} under a supervisor), seed ${seed}, ${bad.length} with violations`,
    ...pauses(tally),
    `  where the time went: ${parts(tally)}`,
  ].join('\n')
}

/** How much longer users wait when the process of their cutover dies, and nobody types anything. */
function pauses({ undisturbedMs, restartedMs }: Tally): readonly string[] {
  const sorted = restartedMs.toSorted((a, b) => a - b)
  const longest = sorted.at(-1)
  if (undisturbedMs === undefined || longest === undefined) return []
  const median = sorted[Math.floor(sorted.length / 2)] ?? longest
  const more = (ms: number): string =>
    `${ms < undisturbedMs ? '-' : '+'}${seconds(Math.abs(ms - undisturbedMs))}`
  return [
    `  users' pause: ${seconds(undisturbedMs)} undisturbed; with a worker killed and restarted ${more(median)} in the middle, ${more(longest)} at most (${sorted.length} rounds)`,
  ]
}

function parts({ took, points }: Tally): string {
  return [...took].map(([part, ms]) => `${part} ${seconds(ms / points)}`).join(', ')
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
