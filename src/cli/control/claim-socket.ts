import { rm } from 'node:fs/promises'
import type { Server } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { CutoverError, isCutoverError } from '../../core/errors.ts'
import { claimTurn } from './claim-turn.ts'
import { connectControl, type Connected } from './control-client.ts'

/**
 * Listens on the path, mode 0600. A socket that nobody listens on any more is replaced; one that answers, or that a
 * process holds without answering, is the sign of another process on this run.
 * @param holder who that process is, should the socket not say it.
 * @throws CutoverError `locked`, and `usage` when no socket can be made there.
 */
export async function claimSocket(server: Server, path: string, holder: string): Promise<void> {
  await using _turn = await claimTurn(path).catch((error: unknown) => {
    if (isCutoverError(error)) throw error
    throw cannotListen(path, (error as NodeJS.ErrnoException).code)
  })
  if (await listen(server, path)) return
  refuseLive(await lookTwice(path), holder)
  await rm(path, { force: true })
  if (await listen(server, path)) return
  throw cannotListen(path, 'EADDRINUSE')
}

/** False: something is at the path already. */
function listen(server: Server, path: string): Promise<boolean> {
  return new Promise<boolean>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(cannotListen(path, error.code))
    }
    server.once('error', onError)
    // The socket is made within this call; a mode set after it would leave a moment for others.
    const before = process.umask(0o177)
    server.listen(path, () => {
      server.off('error', onError)
      resolve(true)
    })
    process.umask(before)
  })
}

/** A process that is just starting has its socket for a moment before it answers. */
async function lookTwice(path: string): Promise<Connected> {
  const first = await connectControl(path)
  if (first !== 'refused') return first
  await wait(50)
  return connectControl(path)
}

function refuseLive(found: Connected, holder: string): void {
  if (found === 'refused') return
  const hint = 'Look at it with cutover status, or end it with cutover stop; two at once would spoil the run.'
  if (found === 'silent')
    throw new CutoverError('locked', `${holder} works on this run and does not answer`, { hint })
  const { pid, runId } = found.hello
  found[Symbol.dispose]()
  throw new CutoverError('locked', `Process ${pid} works on run ${runId} already`, { hint })
}

function cannotListen(path: string, code: string | undefined): CutoverError {
  return new CutoverError('usage', `The control socket cannot be made: ${code ?? 'unknown error'}`, {
    where: path,
    hint: 'Choose another place for run directories with --runs.',
  })
}
