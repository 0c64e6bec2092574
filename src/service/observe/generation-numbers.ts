import type { Generation } from '../pool/generation.ts'
import type { PoolNumbers } from './pool-numbers.ts'

/** Counts the sessions of one datasource. */
export function generationNumbers(name: string, { source }: Pick<Generation, 'source'>): PoolNumbers {
  const { open, out, waiting } = source
  // One that is being opened is out and not open yet.
  return { name, used: out, idle: Math.max(0, open - out), pending: waiting }
}

/** The same for one that is there for a while only. */
export function numbersWhileOpen(
  name: string,
  generation: Pick<Generation, 'source'> | undefined,
): readonly PoolNumbers[] {
  if (generation === undefined) return []
  const numbers = generationNumbers(name, generation)
  return numbers.used + numbers.idle + numbers.pending === 0 ? [] : [numbers]
}
