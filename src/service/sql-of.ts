import { readField, walkError } from './walk-error.ts'

/** The SQL text that a driver or an ORM has put into its error. For fingerprints only: it must not go anywhere else. */
export function sqlOf(error: unknown): string | undefined {
  const texts = walkError(error).map(({ node }) => readField(node, 'sql') ?? readField(node, 'query'))
  return texts.find((text) => typeof text === 'string' && text !== '') as string | undefined
}
