import type { DifferentLine } from '../../core/ports/document-editor.ts'
import { compareLines } from './compare-lines.ts'
import { mask, maskRanges, repeatedRanges, secretRanges } from './mask-secrets.ts'
import type { Range } from './mask-secrets.ts'
import type { Leaf, Scan } from './scanned-document.ts'

// Shorter ones stand for themselves: masking them all over the document would only give them away.
const shortestSecret = 6

/**
 * The lines that differ, secrets masked. With no scan, or for a text it cannot read, only keys are shown.
 * Never throws: a broken version in a history is shown too.
 */
export function describeDifference(
  before: string,
  after: string,
  scan: Scan | undefined,
): readonly DifferentLine[] {
  const versions = [before, after].map((text) => {
    const leaves = leavesOf(scan, text)
    const ranges = secretRanges(text, leaves)
    // Of a text that cannot be read, everything but its keys is masked.
    return { text, ranges, secrets: leaves ? textsOf(text, ranges) : [] }
  })
  const secrets = new Set(versions.flatMap((version) => version.secrets))
  const showEnds = endsOf(before) !== endsOf(after)
  const [old, now] = versions.map(({ text, ranges }) =>
    linesOf(maskRanges(text, [...ranges, ...repeatedRanges(text, secrets)])).map((line) =>
      shown(line, showEnds),
    ),
  )
  return compareLines(linesOf(before), linesOf(after)).flatMap((replaced) =>
    linesIn('-', old ?? [], replaced.before).concat(linesIn('+', now ?? [], replaced.after)),
  )
}

function linesIn(
  sign: '-' | '+',
  lines: readonly string[],
  [start, end]: readonly [number, number],
): readonly DifferentLine[] {
  return lines.slice(start, end).map((text, index) => ({ sign, line: start + index + 1, text }))
}

function leavesOf(scan: Scan | undefined, text: string): readonly Leaf[] | undefined {
  try {
    return scan?.(text)
  } catch {
    return undefined
  }
}

function textsOf(content: string, ranges: readonly Range[]): readonly string[] {
  return ranges
    .map(([start, end]) =>
      content
        .slice(start, end)
        .replace(/^(["'])(.*)\1$/s, '$2')
        .trim(),
    )
    .filter((text) => text.length >= shortestSecret && !/[\r\n]/.test(text) && text !== mask)
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []
}

/** Which line ends a text uses, and whether the last line has one. */
function endsOf(text: string): string {
  const kinds = new Set(text.match(/\r\n|\r|\n/g))
  return `${[...kinds].sort().join(' ')}${/[\r\n]$/.test(text)}`
}

// Control characters could move a terminal's cursor, and blank ones could hide a difference.
function shown(line: string, showEnds: boolean): string {
  const text = showEnds ? line : line.replace(/[\r\n]+$/, '')
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (character === '\t') return character
    return code < 0x20 ? String.fromCodePoint(0x24_00 + code) : `‹${code.toString(16).toUpperCase()}›`
  })
}
