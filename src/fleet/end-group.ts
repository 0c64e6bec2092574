import { setTimeout as sleep } from 'node:timers/promises'

const killAfterMs = 5000
const lookEveryMs = 20

/**
 * Ends a process group: SIGTERM, then SIGKILL to whoever is left after 5 s. Resolves when nobody is.
 * @param pid the group's leader, a child of this process that was started detached.
 */
export async function endGroup(pid: number): Promise<void> {
  const killAt = performance.now() + killAfterMs
  if (!sendToGroup(pid, 'SIGTERM')) return
  while (performance.now() < killAt) {
    await sleep(lookEveryMs)
    if (!sendToGroup(pid, 0)) return
  }
  sendToGroup(pid, 'SIGKILL')
}

/** @returns false: the group has no member any more. */
function sendToGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    // EPERM: a member has become somebody else's; it is still there and cannot be ended by us.
    return true
  }
}
