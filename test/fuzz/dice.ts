import { seededRandom } from '../../src/lab/load/seeded-random.ts'

/** Choices that depend on the seed alone. */
export interface Dice {
  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
}

export function rollDice(seed: number): Dice {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  return {
    below,
    chance: (probability) => random() < probability,
    pick(list) {
      const chosen = list[below(list.length)]
      if (chosen === undefined) throw new Error('there is nothing to pick from')
      return chosen
    },
  }
}
