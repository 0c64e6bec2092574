import { fstatSync, writeSync } from 'node:fs'
import { constants, open, type FileHandle } from 'node:fs/promises'
import { CutoverError } from '../core/errors.ts'

/** A file that only grows, one durable line at a time. */
export interface AppendFile extends AsyncDisposable {
  /**
   * Resolves when the line is on disk, and everything before it.
   * @param sync `later`: when it is written; on disk with the next line that does not wait, or soon.
   * @throws CutoverError `journal.unusable`, also for an earlier line that could not be brought to disk.
   */
  append(line: string, sync?: 'later'): Promise<void>
  /** Everything in it. */
  read(): Promise<Buffer>
  /** Cuts off what comes after so many bytes: a line that was never acknowledged. */
  truncate(bytes: number): Promise<void>
}

/** A line that may wait for the next one waits no longer than this, milliseconds. */
const syncWithinMs = 25

export async function openAppendFile(path: string): Promise<AppendFile> {
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW } = constants
  const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  return appendFileOn(handle, path, (await handle.stat()).size)
}

/** Writes to an open file. @returns how many bytes it took. */
export type WriteBytes = (fd: number, bytes: Buffer) => number

/**
 * @param size bytes the file has now.
 * @param write default: the system's own.
 */
export function appendFileOn(
  handle: FileHandle,
  path: string,
  size: number,
  write: WriteBytes = (fd, bytes) => writeSync(fd, bytes),
): AppendFile {
  let known = size
  const disk = createSync(handle, path)

  return {
    async append(text, sync) {
      disk.throwIfBroken()
      const line = Buffer.from(`${text}\n`)
      // Before anything that would cut off what the other one wrote.
      refuseOtherWriter(handle, path, known)
      try {
        writeWhole(handle, line, write)
      } catch (error) {
        // Without the cut the next line would grow out of this one's remains.
        await handle.truncate(known).catch((cause: unknown) => disk.breakDown(cause))
        throw unusable(error, path)
      }
      known += line.length
      if (sync === 'later') disk.soon()
      else await disk.now()
    },
    async read() {
      const bytes = Buffer.alloc((await handle.stat()).size)
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
      return bytes.subarray(0, bytesRead)
    },
    async truncate(bytes) {
      await handle.truncate(bytes)
      await handle.datasync()
      known = bytes
    },
    async [Symbol.asyncDispose]() {
      try {
        await disk.ifDue()
      } finally {
        await handle.close()
      }
    },
  }
}

/** Brings a file to disk, at once or soon. */
interface Sync {
  /** Resolves when everything that is written is on disk. */
  now(): Promise<void>
  soon(): void
  /** What `soon` promised and has not done yet. */
  ifDue(): Promise<void>
  /** Nobody knows any more what is in the file. */
  breakDown(cause: unknown): void
  throwIfBroken(): void
}

function createSync(handle: FileHandle, path: string): Sync {
  let broken: CutoverError | undefined
  let due: NodeJS.Timeout | undefined
  const now = async (): Promise<void> => {
    clearTimeout(due)
    due = undefined
    try {
      await handle.datasync()
    } catch (error) {
      // After a failed sync nobody knows what is on disk, and a second sync would not tell.
      broken = unusable(error, path)
      throw broken
    }
  }
  return {
    now,
    soon() {
      // What it throws is kept, and the next line says it.
      due ??= setTimeout(() => void now().catch(() => undefined), syncWithinMs)
    },
    ifDue: () => (due === undefined ? Promise.resolve() : now()),
    breakDown(cause) {
      broken = unusable(cause, path)
    },
    throwIfBroken() {
      if (broken) throw broken
    },
  }
}

// Reading a size and writing some hundred bytes into memory takes microseconds; a turn of the thread pool for each would
// take longer, and users may be waiting.
function refuseOtherWriter(handle: FileHandle, path: string, known: number): void {
  if (fstatSync(handle.fd).size === known) return
  throw new CutoverError('journal.unusable', 'somebody else wrote into the journal', {
    where: path,
    hint: 'Another run may be alive on this journal; end it first.',
  })
}

function writeWhole(handle: FileHandle, line: Buffer, write: WriteBytes): void {
  // A short write is a full disk that still had room for a part.
  if (write(handle.fd, line) !== line.length)
    throw Object.assign(new Error('short write'), { code: 'ENOSPC' })
}

function unusable(error: unknown, path: string): CutoverError {
  if (error instanceof CutoverError) return error
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown error'
  const full = noRoom[code]
  return new CutoverError('journal.unusable', `the journal cannot be written: ${full ?? code}`, {
    where: path,
    hint: full ? 'Make room for it; the run can then be resumed or undone.' : 'Look at the disk it is on.',
  })
}

const noRoom: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'a limit on the size of files is reached',
}
