import { createLogUpdate } from 'log-update'
import { stripVTControlCharacters } from 'node:util'
import type { JournalEntry } from '../../core/journal-entry.ts'
import type { RunPosition } from '../../core/run-control.ts'
import type { RunEvent } from '../../core/run-event.ts'
import { colours } from '../colours.ts'
import { EventLines, type Line } from './event-line.ts'
import { factLines, stopLine } from './fact-lines.ts'
import { createLineBuffer } from './line-buffer.ts'
import type { LiveFacts } from './live-facts.ts'
import { paintLine } from './paint-line.ts'
import { RunView } from './run-view.ts'
import type { ShownPlaybook } from './shown-playbook.ts'

/** Shows a run while it happens: lines that stay, and on a terminal a footer of what is waited for now. */
export interface Terminal extends Disposable {
  show(event: RunEvent): void
  /** One line that is no event of the run. */
  say(text: string): void
  /** What was in the journal before this process came; it is not shown again. */
  recall(entries: readonly JournalEntry[]): void
  /** What there is to know now; undefined while the run is not there. */
  facts(): LiveFacts | undefined
  /** No footer while a prompt is on the screen, and no line before it is answered: it would be drawn into it. */
  holdFooter(hold: boolean): void
}

interface TerminalOptions {
  readonly playbook: ShownPlaybook
  readonly stream: NodeJS.WriteStream
  readonly redact: (text: string) => string
  /** Where the run is now. */
  readonly position: () => RunPosition | undefined
  /** True while a stop signal is answered with a question. */
  readonly mayAsk: () => boolean
}

export function openTerminal(options: TerminalOptions): Terminal {
  const { playbook, stream, redact } = options
  const lines = new EventLines(playbook)
  const paint = colours(stream) ? paintLine : (line: Line) => line.text
  const footer = stream.isTTY ? createLogUpdate(stream) : undefined
  const view = new RunView(playbook)
  let isHeld = false
  let isOver = false
  const draw = (): void => {
    if (!footer || isHeld || isOver) return
    const text = footerText(view, options)
    if (text === '') footer.clear()
    else footer(text)
  }
  const buffer = createLineBuffer((text) => {
    footer?.clear()
    stream.write(text)
    draw()
  })
  const timer = footer ? setInterval(draw, 200) : undefined
  timer?.unref()
  const write = (line: Line): void =>
    buffer.add(redact(`${paint(line)}\n`), line.tone === 'loud' ? 'now' : 'soon')
  return {
    recall: (entries) => view.recall(entries),
    show(event) {
      view.see(event, Date.now())
      const line = lines.line(event)
      if (line) write(line)
    },
    say: (text) => write({ tone: 'loud', text: `  ! ${text}` }),
    facts() {
      const position = options.position()
      return position && view.facts(position, Date.now())
    },
    holdFooter(hold) {
      isHeld = hold
      buffer.hold(hold)
      if (hold) footer?.clear()
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      isOver = true
      buffer.end()
      footer?.clear()
      footer?.done()
    },
  }
}

/** Empty while the run is not there: a plan or a question has the screen then. */
function footerText(view: RunView, { position, mayAsk, stream, redact }: TerminalOptions): string {
  const at = position()
  if (!at) return ''
  const lines = [...factLines(view.facts(at, Date.now()), at), stopLine(at, mayAsk())]
  return lines.map((line) => fitted(redact(line), stream.columns)).join('\n')
}

/** A line that wraps would leave its remains behind. A terminal that is gone has no width. */
function fitted(text: string, columns: number | undefined): string {
  return stripVTControlCharacters(text)
    .replaceAll('\n', ' ')
    .slice(0, Math.max(20, (columns || 80) - 1))
}
