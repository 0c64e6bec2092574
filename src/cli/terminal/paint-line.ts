import { styleText } from 'node:util'
import type { Line, Tone } from './event-line.ts'

const styles: Readonly<Record<Tone, Parameters<typeof styleText>[0] | undefined>> = {
  plain: 'bold',
  good: 'green',
  bad: 'red',
  loud: ['yellow', 'bold'],
  quiet: 'dim',
}

/** The line in the colours of its tone. */
export function paintLine(line: Line): string {
  const style = styles[line.tone]
  return style ? styleText(style, line.text) : line.text
}
