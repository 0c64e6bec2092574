import { isCutoverError } from '../../core/errors.ts'

/**
 * What went wrong, for status and logs: a driver's message may name a user or quote a statement, so of its errors only
 * the number and the code are said.
 */
export function sayError(error: unknown): string {
  if (isCutoverError(error)) return error.message
  const { errno, code, name } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >
  const number = typeof errno === 'number' && errno > 0 ? ` (${errno})` : ''
  if (typeof code === 'string') return `${code}${number}`
  return typeof name === 'string' ? `${name}${number}` : 'an unknown error'
}
