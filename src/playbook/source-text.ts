import type { SourcePlace } from '../core/playbook.ts'

/** A stretch of the file's text, as offsets; the end is exclusive. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** The file as people see it: lines and columns instead of offsets. */
export interface SourceText {
  readonly file: string
  readonly text: string
  /** Without line ends. There is always at least one. */
  readonly lines: readonly string[]
  /** Offset of a line's first character; lines count from 1. */
  startOfLine(line: number): number
  placeAt(offset: number): SourcePlace
}

export function openSourceText(file: string, text: string): SourceText {
  const raw = text.split('\n')
  const starts: number[] = [0]
  for (const line of raw.slice(0, -1)) starts.push((starts.at(-1) ?? 0) + line.length + 1)
  const lines = raw.map((line) => line.replace(/\r$/, ''))
  return {
    file,
    text,
    lines,
    startOfLine: (line) => starts[line - 1] ?? text.length,
    placeAt(offset) {
      const inside = Math.min(Math.max(offset, 0), text.length)
      const index = lastIndexAtMost(starts, inside)
      // The line end itself has no column of its own, whether it is one character or two.
      const column = Math.min(inside - (starts[index] ?? 0), lines[index]?.length ?? 0) + 1
      return { file, line: index + 1, column }
    },
  }
}

/** Index of the last number that is not greater than `limit`; the numbers rise and the first one is 0. */
function lastIndexAtMost(numbers: readonly number[], limit: number): number {
  let low = 0
  let high = numbers.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((numbers[middle] ?? 0) <= limit) low = middle
    else high = middle - 1
  }
  return low
}
