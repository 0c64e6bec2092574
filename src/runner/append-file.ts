import { constants, open, type FileHandle } from 'node:fs/promises'
import { CutoverError } from '../core/errors.ts'

/** A file that only grows, one durable line at a time. */
export interface AppendFile extends AsyncDisposable {
  /** Resolves when the line is on disk. @throws CutoverError `journal.unusable`. */
  append(line: string): Promise<void>
  /** Everything in it. */
  read(): Promise<Buffer>
  /** Cuts off what comes after so many bytes: a line that was never acknowledged. */
  truncate(bytes: number): Promise<void>
}

export async function openAppendFile(path: string): Promise<AppendFile> {
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW } = constants
  const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  return appendFileOn(handle, path, (await handle.stat()).size)
}

/** @param size bytes the file has now. */
export function appendFileOn(handle: FileHandle, path: string, size: number): AppendFile {
  let known = size
  let broken: CutoverError | undefined

  async function refuseOtherWriter(): Promise<void> {
    if ((await handle.stat()).size === known) return
    throw new CutoverError('journal.unusable', 'somebody else wrote into the journal', {
      where: path,
      hint: 'Another run may be alive on this journal; end it first.',
    })
  }

  async function writeWhole(line: Buffer): Promise<void> {
    const { bytesWritten } = await handle.write(line)
    // A short write is a full disk that still had room for a part.
    if (bytesWritten !== line.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' })
  }

  return {
    async append(text) {
      if (broken) throw broken
      const line = Buffer.from(`${text}\n`)
      await refuseOtherWriter() // before anything that would cut off what the other one wrote
      try {
        await writeWhole(line)
      } catch (error) {
        // Without the cut the next line would grow out of this one's remains.
        await handle.truncate(known).catch((cause: unknown) => {
          broken = unusable(cause, path)
        })
        throw unusable(error, path)
      }
      try {
        await handle.datasync()
      } catch (error) {
        // After a failed sync nobody knows what is on disk, and a second sync would not tell.
        broken = unusable(error, path)
        throw broken
      }
      known += line.length
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
    [Symbol.asyncDispose]: () => handle.close(),
  }
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
