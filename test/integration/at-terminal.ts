import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { cutover } from './rehearse.ts'

/** `cutover` at a terminal of its own, as a person would have it. */
export interface AtTerminal {
  /** Everything on the screen so far, without its control characters. */
  screen(): string
  press(keys: string): void
  /** The terminal goes away, as when a connection is lost. */
  hangUp(): void
  /** Its exit status, when the terminal lived so long. */
  readonly ended: Promise<number | null>
}

export const keys = { ctrlC: '\u0003', ctrlZ: '\u001a', down: '\u001b[B', enter: '\r' } as const

export function startAtTerminal(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): AtTerminal {
  const words = [process.execPath, cutover, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
  // Whoever holds the terminal's other end is killed to hang up; the session's leader is then the command itself.
  const script = spawn('script', ['-qefc', `stty cols 150 rows 50; exec ${words.join(' ')}`, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', NO_COLOR: '1', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let screen = ''
  script.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
  })
  script.stdin.on('error', () => undefined) // a terminal that has gone takes no keys
  return {
    screen: () => stripVTControlCharacters(screen),
    press: (typed) => void script.stdin.write(typed),
    hangUp: () => void script.kill('SIGKILL'),
    ended: once(script, 'exit').then(([status]) => status as number | null),
  }
}
