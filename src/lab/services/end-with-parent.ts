const mark = 'CUTOVER_LAB_CHILD'

/** Goes into the environment of programs whose standard input is a pipe that their parent holds open. */
export const childEnvironment: Readonly<Record<string, string>> = { [mark]: '1' }

/**
 * Ends this program when its parent is gone, also when that was killed and could not say so: the system then closes
 * the pipe. Does nothing in a program somebody started by hand.
 */
export function endWithParent(): void {
  if (process.env[mark] === undefined) return
  process.stdin.once('end', () => process.exit(1))
  process.stdin.once('error', () => process.exit(1))
  process.stdin.resume()
}
