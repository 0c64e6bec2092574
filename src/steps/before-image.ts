import { isDeepStrictEqual } from 'node:util'

/** The same data as plain object types, which the journal's Json type accepts. */
export type Plain<T> = T extends object ? { readonly [Key in keyof T]: Plain<T[Key]> } : T

/** Is the world as the before-image says? Compares values, not the order of keys. */
export function sameImage(now: unknown, before: unknown): boolean {
  return isDeepStrictEqual(now, before)
}
