import { createHash } from 'node:crypto'
import { chown, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CutoverError } from '../../core/errors.ts'

/** The kernel takes 107 bytes on Linux and 103 on macOS. */
const longestPath = 100

/**
 * Where the control socket of a run is: in its directory, or, when that path is too long for a socket, in a private
 * directory under the temporary one, under a name that follows from the run directory's real path.
 */
export async function socketPathOf(directory: string): Promise<string> {
  const real = await realpath(directory)
  const inside = join(real, 'control.sock')
  if (Buffer.byteLength(inside) <= longestPath) return inside
  // The owner's number and not the caller's: root must find the socket of the run it looks after, too.
  const { uid } = await stat(real)
  const name = `${createHash('sha256').update(real).digest('hex').slice(0, 24)}.sock`
  const elsewhere = join(tmpdir(), `cutover-kit-${uid}`, name)
  return Buffer.byteLength(elsewhere) <= longestPath ? elsewhere : join('/tmp', `cutover-kit-${uid}`, name)
}

/**
 * Makes the socket's directory private to the run's owner.
 * @throws CutoverError `usage` when somebody else has put something in its place.
 */
export async function preparePrivatePlace(path: string, runDirectory: string): Promise<void> {
  const place = dirname(path)
  if (place === (await realpath(runDirectory))) return
  const { uid, gid } = await stat(runDirectory)
  const isNew = await mkdir(place, { mode: 0o700 }).then(
    () => true,
    () => false, // it is there, or it cannot be: the look below tells
  )
  if (isNew && process.getuid?.() !== uid) await chown(place, uid, gid)
  const found = await lstat(place)
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return
  throw new CutoverError('usage', 'The directory of the control socket belongs to somebody else', {
    where: place,
    hint: 'Choose a shorter --runs, or remove it.',
  })
}
