/** One of several parts, each with points from everywhere, that together have every point once. */
export interface Part {
  /** From 1. */
  readonly number: number
  readonly of: number
}

export function partOf<T>(all: readonly T[], { number, of }: Part = { number: 1, of: 1 }): readonly T[] {
  return all.filter((_, index) => index % of === number - 1)
}

/** @param text such as `2/3`. @throws naming the variable when it is not of that form. */
export function readPart(variable: string, text: string): Part {
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(text) ?? []
  const part = { number: Number(number), of: Number(of) }
  if (part.number >= 1 && part.number <= part.of) return part
  throw new Error(`${variable} is "${text}"; write for example 2/3`)
}
