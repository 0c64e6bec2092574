import { basename } from 'node:path'
import { CutoverError, isCutoverError } from '../../core/errors.ts'
import type { Variables } from '../../playbook/index.ts'
import type { ActOptions } from '../program/act-options.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { holdLocks } from './hold-locks.ts'
import { openPlaybook } from '../open-playbook.ts'
import { playbookCopy } from '../runs/run-directory.ts'
import { openRunSession } from '../run-session.ts'

/**
 * A process that died between taking the locks and its first entry left them: they would keep everybody out for ever.
 * @throws CutoverError `usage` when they are free: there is nothing to go on with and nothing to walk back.
 */
export async function releaseUnbegun(
  directory: string,
  options: ActOptions,
  variables: Variables,
): Promise<ExitCode> {
  const playbook = await openPlaybook(playbookCopy(directory), variables)
  if (!playbook) return exitCodes.usage
  await using session = await openRunSession({ playbook, runId: basename(directory), directory }, options)
  const locks = await holdLocks(session).catch((error: unknown) => {
    // Another run works there, so this one has no lock to let go of.
    throw isCutoverError(error) && error.code === 'locked' ? neverBegan(directory) : error
  })
  await locks.free()
  await locks[Symbol.asyncDispose]()
  throw neverBegan(directory, '; its locks are free')
}

/** Its process died before the first entry; what it was about to do was neither planned nor agreed to here. */
export function neverBegan(directory: string, note = ''): CutoverError {
  return new CutoverError('usage', `That run never began, and nothing was changed${note}`, {
    where: directory,
    hint: 'Start a new run: cutover run <playbook>',
  })
}
