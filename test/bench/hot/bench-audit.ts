import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Audit } from '../../../src/lab/audit/types.ts'
import { auditLab } from '../../../src/lab/lab-load.ts'
import { startLoadTally } from '../../../src/lab/load/tally-load.ts'
import type { LogLine } from '../../../src/lab/load/types.ts'
import type { Lab } from '../../../src/lab/open-lab.ts'

export interface BenchAudit {
  readonly audit: Audit
  readonly lines: readonly LogLine[]
  /** About when the first write was answered by the target; wall clock, milliseconds. */
  readonly switchedAt: number
}

/** The audit of every rehearsal, over what both instances logged. */
export async function auditBench(lab: Lab, files: readonly string[], seed: number): Promise<BenchAudit> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const logFile = join(lab.directory, `both-${seed}.jsonl`)
  await writeFile(logFile, texts.join(''))
  const lines = texts
    .join('')
    .split('\n')
    .flatMap((text) => (text === '' ? [] : [JSON.parse(text) as LogLine]))
  const tally = startLoadTally()
  for (const line of lines) tally.add(line)
  const times = lines.flatMap((line) => ('intended' in line ? [line.intended] : []))
  const summary = tally.summary({
    seed,
    logFile,
    startedAt: times.reduce((a, b) => Math.min(a, b), Infinity),
    stoppedAt: times.reduce((a, b) => Math.max(a, b), 0),
  })
  const audit = await auditLab(lab, summary, 'target')
  return { audit, lines, switchedAt: audit.switchedAt ?? 0 }
}

/** The first requests that did not get what they asked for, and why. */
export function whatFailed(lines: readonly LogLine[]): string {
  const bad = lines.filter(
    (line) =>
      (line.type === 'write' && line.outcome !== 'acknowledged') ||
      (line.type === 'read' && line.outcome !== 'ok'),
  )
  const few = bad.slice(0, 3).map((line) => ('detail' in line ? `${line.type}: ${line.detail}` : line.type))
  return `${bad.length} requests failed, such as ${few.join('; ')}`
}

/** Longest wait of those under way within half a second of a moment, milliseconds. */
export function longestNear(lines: readonly LogLine[], at: number, type: 'write' | 'read'): number {
  let longest = 0
  for (const line of lines) {
    if (line.type !== type || line.answered === null) continue
    if (line.intended > at + 500 || line.answered < at - 500) continue
    longest = Math.max(longest, line.answered - line.intended)
  }
  return longest
}
