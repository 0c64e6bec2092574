import type { Playbook } from '../core/playbook.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import { takeRunLock } from '../databases/run-lock.ts'

/** Takes the run lock of every database of the playbook, one after the other by name, so that two runs cannot deadlock. */
export async function takeRunLocks(
  playbook: Playbook,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const held: AsyncDisposable[] = []
  const release = async (): Promise<void> => {
    for (const lock of held.toReversed()) await lock[Symbol.asyncDispose]()
  }
  try {
    for (const [name, spec] of Object.entries(playbook.systems).sort(([a], [b]) => a.localeCompare(b))) {
      if (spec.kind === 'database') held.push(await takeRunLock(name, spec, secrets, signal))
    }
  } catch (error) {
    await release()
    throw error
  }
  return { [Symbol.asyncDispose]: release }
}
