import { createLogUpdate } from 'log-update'
import { stripVTControlCharacters, styleText } from 'node:util'
import { formatMs } from '../../core/deadline.ts'
import type { Playbook } from '../../core/playbook.ts'
import type { RunEvent } from '../../core/run-event.ts'
import { colours } from '../colours.ts'
import { EventLines, type Line, type Tone } from './event-line.ts'

/** Shows a run while it happens: lines that stay, and on a terminal a footer of what is waited for now. */
export interface Terminal extends Disposable {
  show(event: RunEvent): void
  /** One line that is no event of the run. */
  say(text: string): void
  /** No footer while a prompt is on the screen, and no line before it is answered: it would be drawn into it. */
  holdFooter(hold: boolean): void
}

interface TerminalOptions {
  readonly playbook: Playbook
  readonly stream: NodeJS.WriteStream
  readonly redact: (text: string) => string
}

export function openTerminal({ playbook, stream, redact }: TerminalOptions): Terminal {
  const lines = new EventLines(playbook)
  const paint = colours(stream) ? painted : (line: Line) => line.text
  const footer = stream.isTTY ? createLogUpdate(stream) : undefined
  const status = new Footer(playbook)
  let held = false
  let kept: string[] = []
  const draw = (): void => {
    if (footer && !held) footer(fitted(status.text(performance.now()), stream.columns))
  }
  const showKept = (): void => {
    stream.write(kept.join(''))
    kept = []
  }
  const timer = footer ? setInterval(draw, 200) : undefined
  timer?.unref()
  const write = (line: Line): void => {
    const text = redact(`${paint(line)}\n`)
    if (held) {
      kept.push(text)
      return
    }
    footer?.clear()
    stream.write(text)
    draw()
  }
  return {
    show(event) {
      status.see(event)
      const line = lines.line(event)
      if (line) write(line)
    },
    say: (text) => write({ tone: 'loud', text: `  ! ${text}` }),
    holdFooter(hold) {
      held = hold
      if (hold) return footer?.clear()
      showKept()
    },
    [Symbol.dispose]() {
      showKept()
      clearInterval(timer)
      footer?.clear()
      footer?.done()
    },
  }
}

const styles: Readonly<Record<Tone, Parameters<typeof styleText>[0] | undefined>> = {
  plain: 'bold',
  good: 'green',
  bad: 'red',
  loud: ['yellow', 'bold'],
  quiet: 'dim',
}

function painted(line: Line): string {
  const style = styles[line.tone]
  return style ? styleText(style, line.text) : line.text
}

/** One line of the terminal: a wrapped footer would leave its remains behind. */
function fitted(text: string, columns: number): string {
  return stripVTControlCharacters(text).slice(0, Math.max(20, columns - 1))
}

/** What is happening now, the pause so far, and what is safe to do. */
class Footer {
  readonly #budgetMs: number
  #doing = ''
  #pauseBegan: number | undefined
  #afterNoReturn = false

  constructor(playbook: Playbook) {
    this.#budgetMs = playbook.pauseBudgetMs
  }

  see(event: RunEvent): void {
    if (event.type === 'gate.reading') {
      const why =
        event.reading.state === 'open' ? `open ${event.good}/${event.goodWanted}` : event.reading.reason
      this.#doing = `${event.id}: ${why} (gives up in ${formatMs(event.remainingMs)})`
      return
    }
    if (event.type !== 'journal') return
    const { entry } = event
    if (entry.type === 'step.intended') this.#doing = `${entry.id} …`
    if (entry.type === 'undo.intended') this.#doing = `undo ${entry.id} …`
    if (entry.type === 'no-return.passed') this.#afterNoReturn = true
    if (entry.type === 'phase.started')
      this.#pauseBegan = entry.phase === 'pause' ? performance.now() : undefined
  }

  text(now: number): string {
    const pause =
      this.#pauseBegan === undefined
        ? ''
        : `pause ${formatMs(now - this.#pauseBegan)} of ${formatMs(this.#budgetMs)} | `
    const way = this.#afterNoReturn ? 'Ctrl-C stops after this step' : 'Ctrl-C walks back'
    return `${pause}${this.#doing} | ${way}`
  }
}
