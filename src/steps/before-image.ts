import { isDeepStrictEqual } from 'node:util'

/** The same data as plain object types, which the journal's Json type accepts. */
export type Plain<T> = T extends object ? { readonly [Key in keyof T]: Plain<T[Key]> } : T

/**
 * Is the world as the before-image says? The image has been through the journal, so both are compared as JSON:
 * the classes of a driver's rows and the order of keys do not count.
 */
export function sameImage(now: unknown, before: unknown): boolean {
  return isDeepStrictEqual(asJson(now), asJson(before))
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
