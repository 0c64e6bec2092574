/**
 * Nothing may end because nobody reads any more: a reader that went away (`cutover plan … | head`), or a terminal that
 * is gone, whose every write and read fails from then on, or the disk behind a redirection is full.
 */
export function outliveTerminal(): void {
  for (const stream of [process.stdout, process.stderr, process.stdin]) stream.on('error', ignoreLoss)
}

// A hung-up terminal answers EIO; the others are how a pipe or a socket in its place says the same.
const losses: ReadonlySet<string> = new Set([
  'EIO',
  'EPIPE',
  'ENXIO',
  'ENOTCONN',
  'ECONNRESET',
  'EBADF',
  'ENOSPC',
  'EDQUOT',
  'ERR_STREAM_DESTROYED',
])

function ignoreLoss(error: NodeJS.ErrnoException): void {
  if (error.code === undefined || !losses.has(error.code)) throw error
}

/** Ctrl-Z would leave users in a pause that nobody ends: a process that acts, or watches over one, does not stop for it. */
export function ignoreSuspend(): void {
  process.on('SIGTSTP', () => undefined)
}
