import type { HoldOutcome } from '../gate/gate-watcher.ts'
import type { Sample } from './metric-registry.ts'

// Up to the gate's usual limit of 8 s; a pause nobody feels lies in the first few.
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8]

interface Times {
  readonly upTo: number[]
  sum: number
  count: number
}

/** How long writes were held, by what became of them. */
export class HoldTimes {
  readonly #outcomes = new Map<HoldOutcome, Times>()

  add(outcome: HoldOutcome, seconds: number): void {
    const times = this.#outcomes.get(outcome) ?? { upTo: bounds.map(() => 0), sum: 0, count: 0 }
    this.#outcomes.set(outcome, times)
    times.sum += seconds
    times.count += 1
    for (const [index, bound] of bounds.entries()) if (seconds <= bound) times.upTo[index]! += 1
  }

  /** As a histogram of Prometheus. */
  samples(name: string, common: Readonly<Record<string, string>>): readonly Sample[] {
    const samples: Sample[] = []
    for (const [result, { upTo, sum, count }] of this.#outcomes) {
      const labels = { ...common, result }
      const add = (part: string, value: number, le?: string): void => {
        const own = le === undefined ? labels : { ...labels, le }
        samples.push({ labels: own, value, metricName: `${name}_${part}` })
      }
      for (const [index, bound] of bounds.entries()) add('bucket', upTo[index] ?? 0, String(bound))
      add('bucket', count, '+Inf')
      add('sum', sum)
      add('count', count)
    }
    return samples
  }
}
