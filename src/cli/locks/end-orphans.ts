import type { Playbook } from '../../core/playbook.ts'
import type { Secrets } from '../../core/ports/secrets.ts'
import { systemClock } from '../../core/system-clock.ts'
import { endOrphanedChanges } from '../../databases/end-orphaned-changes.ts'

/**
 * Ends what a runner that died has left running on the databases of a playbook. Only while the run's locks are held.
 * @param say told each session that was ended.
 */
export async function endOrphans(
  playbook: Playbook,
  secrets: Secrets,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const databases = Object.entries(playbook.systems).map(async ([name, spec]) => {
    if (spec.kind !== 'database') return
    const ended = await endOrphanedChanges(name, spec, secrets, systemClock, signal)
    for (const id of ended)
      say(`ended session ${id} on ${name}: a change of an earlier runner was still running in it`)
  })
  await Promise.all(databases)
}
