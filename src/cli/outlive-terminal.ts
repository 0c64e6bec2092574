/**
 * Nothing may end because nobody reads any more: a reader that went away (`cutover plan … | head`), or a terminal that
 * is gone, whose every write and read fails from then on.
 */
export function outliveTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreLoss)
  keepLossesFrom(process.stdin)
}

/** Ctrl-Z would leave users in a pause that nobody ends: a process that acts, or watches over one, does not stop for it. */
export function ignoreSuspend(): void {
  process.on('SIGTSTP', () => undefined)
}

// A hung-up terminal answers EIO; the others are how a pipe or a socket in its place says the same.
const losses: ReadonlySet<string> = new Set([
  'EIO',
  'EPIPE',
  'ENXIO',
  'ENOTCONN',
  'ECONNRESET',
  'EBADF',
  'ERR_STREAM_DESTROYED',
])

function ignoreLoss(error: NodeJS.ErrnoException): void {
  if (!isLoss(error)) throw error
}

function isLoss(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code !== undefined && losses.has(code)
}

/**
 * A prompt reads by lines, and readline says an error of its input once more on itself, where nobody listens: that would
 * end the process. So a loss is not said at all; whoever must know it hears the end or the close of the input.
 */
function keepLossesFrom(input: NodeJS.ReadStream): void {
  const emit = input.emit.bind(input) as (event: string | symbol, ...values: readonly unknown[]) => boolean
  input.emit = (event: string | symbol, ...values: readonly unknown[]): boolean =>
    event === 'error' && isLoss(values[0]) ? true : emit(event, ...values)
}
