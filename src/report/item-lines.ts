import { formatMs } from '../core/deadline.ts'
import type { PhaseName, Playbook } from '../core/playbook.ts'
import type { ItemRecord, RunState } from '../core/run-state.ts'

/** One row of the table: what the playbook wanted and what the journal has of it. */
interface Row {
  readonly id: string
  readonly type: 'step' | 'gate'
  readonly record: ItemRecord | undefined
}

const barWidth = 20
const phases: readonly PhaseName[] = ['prepare', 'pause', 'settle']

/** Every item with its state, its duration as a bar, and what proved it or what went wrong. */
export function itemLines(
  state: RunState,
  playbook: Pick<Playbook, 'phases'> | undefined,
): readonly string[] {
  const byPhase = phases.map((phase) => ({ phase, rows: rowsOf(phase, state, playbook) }))
  const all = byPhase.flatMap(({ rows }) => rows)
  const widest = Math.max(0, ...all.map((row) => row.id.length))
  const longestMs = Math.max(1, ...all.map((row) => row.record?.durationMs ?? 0))
  return byPhase
    .filter(({ rows }) => rows.length > 0)
    .flatMap(({ phase, rows }) => {
      const lines = rows.flatMap((row) => rowLines(row, widest, longestMs))
      return [phaseLine(phase, state)].concat(lines, '')
    })
}

/** Without the playbook, the journal's own order; items that were never reached are then missing. */
function rowsOf(
  phase: PhaseName,
  state: RunState,
  playbook: Pick<Playbook, 'phases'> | undefined,
): readonly Row[] {
  if (playbook) {
    return playbook.phases[phase].map(({ id, type }) => ({ id, type, record: state.items.get(id) }))
  }
  const records = [...state.items.values()].filter((record) => record.phase === phase)
  return records.map((record) => ({ id: record.id, type: record.type, record }))
}

/**
 * By the wall clock, from its begin to the next phase's or to the last entry: users wait as well while a person thinks
 * about a failure, while a step is undone, and while nobody runs the run.
 */
function phaseLine(phase: PhaseName, { phaseStarts, lastAt }: RunState): string {
  const startedAt = phaseStarts[phase]
  if (startedAt === undefined) return phase
  const next = phases.slice(phases.indexOf(phase) + 1).map((later) => phaseStarts[later])
  const endedAt = next.find((at) => at !== undefined) ?? lastAt
  return `${phase}  ${formatMs(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)))}`
}

function rowLines(row: Row, widest: number, longestMs: number): readonly string[] {
  const { record } = row
  const state = (record?.state ?? 'waiting').padEnd(8)
  const head = `  ${row.type}  ${row.id.padEnd(widest)}  ${state}`
  if (!record || record.durationMs === 0) return [head.trimEnd(), ...noteLines(record)]
  const time = formatMs(record.durationMs).padStart(12)
  return [`${head}${time}  ${bar(record.durationMs, longestMs)}`, ...noteLines(record)]
}

/** At least a sliver: a step that ran must be seen to have run. */
function bar(ms: number, longestMs: number): string {
  return '█'.repeat(Math.max(1, Math.round((ms / longestMs) * barWidth)))
}

function noteLines(record: ItemRecord | undefined): readonly string[] {
  if (!record) return []
  const undone = record.undoMs > 0 ? [`undo took ${formatMs(record.undoMs)}`] : []
  const skipped = record.undoSkipped === undefined ? [] : [`not undone: ${record.undoSkipped}`]
  const proof = record.failure?.message ?? record.evidence
  return [...(proof ? [proof] : []), ...undone, ...skipped].map((note) => `          ${note}`)
}
