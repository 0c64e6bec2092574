/** A run of lines of one text that another run of lines of the other text took the place of; counted from 0. */
export interface Replaced {
  readonly before: readonly [start: number, end: number]
  readonly after: readonly [start: number, end: number]
}

// Beyond that many changed lines nobody reads a difference; it bounds time and memory to its square.
const mostChanges = 600

/** The smallest set of replaced runs; one run from the first to the last difference where that is too much work. */
export function compareLines(before: readonly string[], after: readonly string[]): readonly Replaced[] {
  const start = commonStart(before, after)
  const tail = commonStart(before.slice(start).toReversed(), after.slice(start).toReversed())
  const a = before.slice(start, before.length - tail)
  const b = after.slice(start, after.length - tail)
  if (a.length === 0 && b.length === 0) return []
  const kept = keptLines(a, b) ?? []
  const replaced: Replaced[] = []
  let [x, y] = [0, 0]
  for (const [nextX, nextY] of [...kept, [a.length, b.length] as const]) {
    if (nextX > x || nextY > y) {
      replaced.push({ before: [start + x, start + nextX], after: [start + y, start + nextY] })
    }
    ;[x, y] = [nextX + 1, nextY + 1]
  }
  return replaced
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1
  return length
}

/** Pairs of equal lines, by Myers' algorithm: for each number of changes, how far each diagonal gets. */
function keptLines(
  a: readonly string[],
  b: readonly string[],
): readonly (readonly [number, number])[] | undefined {
  const reach = new Map<number, number>([[1, 0]])
  const trace: Map<number, number>[] = []
  for (let changes = 0; changes <= mostChanges; changes += 1) {
    trace.push(new Map(reach))
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let x = enters(reach, diagonal, changes)
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1
      reach.set(diagonal, x)
      if (x >= a.length && x - diagonal >= b.length) return walkBack(trace, a.length, b.length)
    }
  }
  return undefined
}

function enters(reach: ReadonlyMap<number, number>, diagonal: number, changes: number): number {
  const left = reach.get(diagonal - 1) ?? -1
  const right = reach.get(diagonal + 1) ?? -1
  return diagonal === -changes || (diagonal !== changes && left < right) ? right : left + 1
}

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  endX: number,
  endY: number,
): readonly (readonly [number, number])[] {
  const kept: [number, number][] = []
  let [x, y] = [endX, endY]
  for (let changes = trace.length - 1; changes >= 0; changes -= 1) {
    const reach = trace[changes] ?? new Map<number, number>()
    const diagonal = x - y
    const entry = enters(reach, diagonal, changes)
    while (x > entry && y > entry - diagonal) {
      x -= 1
      y -= 1
      kept.push([x, y])
    }
    const down = diagonal === -changes || entry === (reach.get(diagonal + 1) ?? -1)
    if (down) y -= 1
    else x -= 1
  }
  return kept.toReversed()
}
