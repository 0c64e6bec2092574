import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { orAborted } from '../core/deadline.ts'
import { connectAsRunner } from './connect.ts'

/** How long a running statement may take to be interrupted before its session is dropped, milliseconds. */
const interruptMs = 2_000

/**
 * Tells the server, through another session, to end what session `id` runs: it does not notice by itself that the
 * client has left. Never rejects and takes at most 2 s, whatever state the server is in.
 */
export async function interruptStatement(
  name: string,
  spec: DatabaseSpec,
  secrets: Secrets,
  id: number,
): Promise<void> {
  const patience = AbortSignal.timeout(interruptMs)
  try {
    const control = await connectAsRunner(name, spec, secrets, patience)
    await orAborted(control.query(`KILL QUERY ${id}`), patience).finally(() => control.destroy())
  } catch {
    // The statement has ended by itself, or the server cannot be reached: dropping the session is all that is left.
  }
}
