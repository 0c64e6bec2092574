import type { SourcePlace } from '../core/playbook.ts'
import { makeCodeFrame, type CodeFrame } from './code-frame.ts'
import type { Finding, Level } from './finding.ts'
import type { SourceText, TextRange } from './source-text.ts'

/** One mistake or warning, with everything needed to show it. Holds no secret. */
export interface Complaint {
  readonly level: Level
  readonly place: SourcePlace
  /** One sentence: what is wrong. */
  readonly message: string
  /** One sentence: what to write instead. */
  readonly hint?: string
  readonly frame: CodeFrame
}

/** In the order of the file, each once. */
export function toComplaints(
  findings: readonly Finding[],
  source: SourceText,
  hidden: readonly TextRange[],
): readonly Complaint[] {
  const sorted = [...findings].sort((a, b) => a.range.start - b.range.start)
  const seen = new Set<string>()
  return sorted.flatMap((finding) => {
    const id = `${finding.range.start} ${finding.message}`
    if (seen.has(id)) return []
    seen.add(id)
    return [toComplaint(finding, source, hidden)]
  })
}

function toComplaint(finding: Finding, source: SourceText, hidden: readonly TextRange[]): Complaint {
  const { level = 'mistake', range, message, other } = finding
  const elsewhere = other && `The other one is on line ${source.placeAt(other.start).line}.`
  const hint = [elsewhere, finding.hint].filter(Boolean).join(' ')
  return {
    level,
    place: source.placeAt(range.start),
    message,
    ...(hint && { hint }),
    frame: makeCodeFrame(source, range, hidden),
  }
}
