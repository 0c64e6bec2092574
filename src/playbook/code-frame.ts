import type { SourceText, TextRange } from './source-text.ts'

/** The lines around a mistake, as they may be shown: without secrets and without control characters. */
export interface CodeFrame {
  /** Number of the first line. */
  readonly firstLine: number
  readonly lines: readonly string[]
  /** What to underline, in terms of the lines above: index of the line, first character from 0, characters. */
  readonly mark: { readonly line: number; readonly start: number; readonly length: number }
}

const linesBefore = 2
const linesAfter = 1
/** Characters of a line that are kept; a file may be one line of a megabyte. */
const widest = 400
const hiddenSign = '‹hidden›'

export function makeCodeFrame(source: SourceText, range: TextRange, hidden: readonly TextRange[]): CodeFrame {
  const { line, column } = source.placeAt(range.start)
  const firstLine = Math.max(1, line - linesBefore)
  const lastLine = Math.min(source.lines.length, line + linesAfter)
  const cut = Math.max(0, column - 1 - widest / 2)
  const shown: ShownLine[] = []
  for (let number = firstLine; number <= lastLine; number++) shown.push(showLine(source, number, cut, hidden))
  const marked = shown[line - firstLine] ?? { text: '', positions: [0] }
  const start = source.startOfLine(line) + cut
  const from = positionOf(marked, range.start - start)
  const to = positionOf(marked, Math.max(range.end, range.start + 1) - start)
  return {
    firstLine,
    lines: shown.map(({ text }) => text),
    mark: { line: line - firstLine, start: from, length: Math.max(1, to - from) },
  }
}

interface ShownLine {
  readonly text: string
  /** For each character of the file's line from the cut on, and for its end: where it is in `text`. */
  readonly positions: readonly number[]
}

function showLine(source: SourceText, number: number, cut: number, hidden: readonly TextRange[]): ShownLine {
  const start = source.startOfLine(number) + cut
  const line = (source.lines[number - 1] ?? '').slice(cut, cut + widest)
  const isHidden = Array.from({ length: line.length }, () => false)
  for (const range of hidden) {
    isHidden.fill(true, Math.max(0, range.start - start), Math.max(0, range.end - start))
  }
  let text = ''
  const positions: number[] = []
  for (let index = 0; index < line.length; index++) {
    positions.push(text.length)
    if (!isHidden[index]) text += printable(line[index] ?? '')
    else if (!isHidden[index + 1]) text += hiddenSign
  }
  return { text, positions: [...positions, text.length] }
}

function positionOf({ text, positions }: ShownLine, index: number): number {
  return positions[Math.max(0, index)] ?? text.length
}

/** Escape sequences in a file must not reach the terminal. */
function printable(character: string): string {
  if (character === '\t') return ' '
  return /[\p{Cc}\p{Bidi_Control}\u2028\u2029\uFEFF]/u.test(character) ? '\uFFFD' : character
}
