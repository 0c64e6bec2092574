import { spawnSync } from 'node:child_process'
import { isatty } from 'node:tty'

const showCursor = '\u001b[?25h'

/** Gives a terminal back as people know it: a process that died at a prompt leaves it without echo and cursor. */
export function releaseTerminal(): void {
  if (!isatty(0)) return
  // Where there is no such program the terminal stays as it is, and the run matters more.
  spawnSync('stty', ['sane'], { stdio: ['inherit', 'ignore', 'ignore'], timeout: 1000 })
  if (isatty(2)) process.stderr.write(showCursor)
}
