import type { JournalEntry } from '../../core/journal-entry.ts'
import type { RunEvent } from '../../core/run-event.ts'
import { colours } from '../colours.ts'
import { EventLines, type Line } from '../terminal/event-line.ts'
import { paintLine } from '../terminal/paint-line.ts'
import type { ShownPlaybook } from '../terminal/shown-playbook.ts'

/** The lines of a run, each entry once, whether it comes from the journal or over the socket. */
export interface RunScreen {
  /** What comes before the first `begin` waits for it. */
  show(event: RunEvent): void
  /** Shows what of the journal was not shown yet. */
  begin(playbook: ShownPlaybook, entries: readonly JournalEntry[]): void
  say(text: string): void
}

export function openRunScreen(stream: NodeJS.WriteStream): RunScreen {
  const paint = colours(stream) ? paintLine : (line: Line) => line.text
  const early: RunEvent[] = []
  let lines: EventLines | undefined
  let shown = 0

  function show(event: RunEvent): void {
    if (event.type === 'journal' && event.entry.seq <= shown) return
    if (event.type === 'journal') shown = event.entry.seq
    const line = lines?.line(event)
    if (line) stream.write(`${paint(line)}\n`)
  }

  return {
    show: (event) => (lines ? show(event) : void early.push(event)),
    begin(playbook, entries) {
      lines ??= new EventLines(playbook)
      for (const entry of entries) show({ type: 'journal', entry })
      for (const event of early.splice(0)) show(event)
    },
    say: (text) => void stream.write(`${paint({ tone: 'loud', text: `  ! ${text}` })}\n`),
  }
}
