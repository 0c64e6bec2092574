import { rm } from 'node:fs/promises'
import { socketPathOf } from './socket-path.ts'

/**
 * Takes the control socket of a run away from its process, so that another one can take the run up beside it. Only for a
 * run whose lock was broken: the socket of a process that is stopped answers nobody and would keep everybody out.
 * A directory that is not here is fine.
 */
export async function abandonSocket(directory: string): Promise<void> {
  const path = await socketPathOf(directory).catch(() => undefined)
  if (path !== undefined) await rm(path, { force: true })
}
