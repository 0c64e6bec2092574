import { CutoverError, isCutoverError } from '../../core/errors.ts'
import type { DocumentRef, StoredDocument } from '../../core/ports/config-center.ts'
import type { CenterConnection } from './center-connection.ts'

const everyMs = 50

/** Reads a document from one server, the way ordinary clients of that server do. */
export type ReadFrom = (server: string, signal: AbortSignal) => Promise<StoredDocument | null>

/** Resolves when every server of the center hands this version to ordinary clients. */
export async function awaitVisible(
  connection: CenterConnection,
  read: ReadFrom,
  ref: DocumentRef,
  etag: string,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    connection.servers.map((server) => awaitVisibleOn(server, connection, read, ref, etag, signal)),
  )
}

async function awaitVisibleOn(
  server: string,
  connection: CenterConnection,
  read: ReadFrom,
  ref: DocumentRef,
  etag: string,
  signal: AbortSignal,
): Promise<void> {
  let seen = 'has not answered yet'
  try {
    for (;;) {
      const [visible, now] = await lookAt(server, read, etag, signal)
      if (visible) return
      seen = now
      await connection.clock.sleep(everyMs, signal)
    }
  } catch (error) {
    if (!signal.aborted) throw error
    throw namingServer(signal.reason, server, ref, seen)
  }
}

async function lookAt(
  server: string,
  read: ReadFrom,
  etag: string,
  signal: AbortSignal,
): Promise<readonly [boolean, string]> {
  try {
    const document = await read(server, signal)
    return [document?.etag === etag, document ? 'still shows another version' : 'does not show it']
  } catch (error) {
    signal.throwIfAborted()
    // A node that restarts or is just loading the document may come right; a refused credential will not.
    if (isCutoverError(error) && error.code !== 'system.unreachable' && error.code !== 'system.refused') {
      throw error
    }
    return [false, 'does not answer as expected']
  }
}

function namingServer(reason: unknown, server: string, ref: DocumentRef, seen: string): unknown {
  if (!isCutoverError(reason)) return reason
  const { code, message, hint } = reason
  return new CutoverError(code, `${message}; ${server} ${seen}: ${ref.dataId}`, {
    where: server,
    ...(hint !== undefined && { hint }),
  })
}
