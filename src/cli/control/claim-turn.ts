import { open, readFile, rm, stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { CutoverError } from '../../core/errors.ts'

/** Longest wait for others who claim the same socket, and how often it is looked whether they are done. Milliseconds. */
const waitMs = 5_000
const lookAgainMs = 20
/** A turn without a number that is older than this was left by a process that died before it wrote one. Milliseconds. */
const namelessMs = 1_000

/**
 * Lets one process at a time look at a run's socket and replace it: of two that find the same dead one, the slower would
 * else take away what the quicker has just put there. The turn is a file beside the socket with the process's number.
 * @throws CutoverError `locked` when it is not this process's turn in time; the file system's error when no file can be made.
 */
export async function claimTurn(path: string): Promise<AsyncDisposable> {
  const file = `${path}.turn`
  const giveUpAt = performance.now() + waitMs
  while (!(await take(file))) {
    if (performance.now() > giveUpAt) {
      throw new CutoverError('locked', 'Another process is starting on this run', {
        where: path,
        hint: 'Look at it: cutover status',
      })
    }
    // Who was killed in its turn, some milliseconds long, holds nobody up.
    if (!(await isAlive(file))) await rm(file, { force: true })
    else await wait(lookAgainMs)
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}

async function take(file: string): Promise<boolean> {
  try {
    await using handle = await open(file, 'wx', 0o600)
    await handle.writeFile(String(process.pid))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** One whose number is not written yet is alive for a moment: it is about to write it. */
async function isAlive(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '')
  if (text === '') return (await ageOf(file)) < namelessMs
  try {
    return process.kill(Number(text), 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Milliseconds; 0: it is gone, and looked for again at once. */
function ageOf(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
}
