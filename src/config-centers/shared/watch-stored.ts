import { isCutoverError } from '../../core/errors.ts'
import type { StoredDocument } from '../../core/ports/config-center.ts'
import type { CenterConnection } from './center-connection.ts'
import type { ChangeSignal } from './change-signal.ts'
import { followDocument } from './follow-document.ts'

/**
 * The document now, then each later version, until the signal fires or the connection is closed.
 * @throws what a wrong address or credential causes, as long as nothing was read yet; later it keeps trying.
 */
export async function* watchStored(
  connection: CenterConnection,
  changes: ChangeSignal,
  read: (signal: AbortSignal) => Promise<StoredDocument | null>,
  signal: AbortSignal,
): AsyncGenerator<StoredDocument | null, void, undefined> {
  const until = connection.untilClosed(signal)
  let everSeen = false
  try {
    for await (const sight of followDocument(connection.clock, changes, read, until.signal)) {
      if (sight.kind === 'trouble' && !everSeen && isHopeless(sight.error)) throw sight.error
      if (sight.kind === 'seen' && sight.changed) yield sight.document
      everSeen ||= sight.kind === 'seen'
    }
  } finally {
    until.unlink()
  }
}

/** Waiting does not cure these. */
function isHopeless(error: unknown): boolean {
  const codes = [
    'system.unauthenticated',
    'system.forbidden',
    'system.unsupported',
    'secret.unresolved',
    'usage',
  ]
  return isCutoverError(error) && codes.includes(error.code)
}
