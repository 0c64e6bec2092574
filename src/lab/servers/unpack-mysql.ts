import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import { privateAptPlaces } from './private-apt-places.ts'
import { cached, exists, openCache } from './cache-directory.ts'
import { debianKeyring, findDebianMirror } from './find-debian-mirror.ts'
import type { InstallOptions } from './install-mariadb.ts'
import { runPackageTool } from './run-package-tool.ts'
import { readServerVersion } from './server-version.ts'

const suite = 'sid'
const packageName = 'mysql-server-core'
const cacheName = 'mysql'
const launcher = 'mysqld'

/** The launcher of a MySQL unpacked earlier on this machine. */
export async function unpackedMysql(): Promise<string | undefined> {
  const directory = join(await openCache(), cacheName)
  const path = join(directory, launcher)
  if ((await readServerVersion(path))?.engine === 'mysql') return path
  // Something that cleans temporary directories took a part of it.
  await rm(directory, { recursive: true, force: true })
  return undefined
}

/**
 * Unpacks Debian's newest MySQL, with every library it needs, into the cache and returns its launcher. The machine's
 * own packages and package lists stay untouched: apt works on a private root.
 */
export async function unpackMysql({ say, signal }: InstallOptions): Promise<string> {
  say(`unpacking MySQL of Debian ${suite}`)
  const directory = await cached(cacheName, async (draft) => {
    const work = join(draft, 'apt')
    await download(work, signal)
    await unpack(join(work, 'archives'), join(draft, 'root'), signal)
    await rm(work, { recursive: true })
    await writeLauncher(draft)
  })
  return join(directory, launcher)
}

async function download(work: string, signal: AbortSignal): Promise<void> {
  await mkdir(join(work, 'lists', 'partial'), { recursive: true })
  await mkdir(join(work, 'archives', 'partial'), { recursive: true })
  const mirror = await findDebianMirror()
  await writeFile(join(work, 'sources.list'), `deb [signed-by=${debianKeyring}] ${mirror} ${suite} main\n`)
  // An empty status file: nothing counts as installed, so every library comes along, libc too.
  await writeFile(join(work, 'status'), '')
  const options = aptOptions(work).flatMap((option) => ['-o', option])
  await runPackageTool('apt-get', [...options, 'update'], signal)
  await runPackageTool('apt-get', [...options, 'install', '-y', '--download-only', packageName], signal)
}

function aptOptions(work: string): readonly string[] {
  return [
    `Dir::Etc::sourcelist=${join(work, 'sources.list')}`,
    'Dir::Etc::sourceparts=-',
    ...privateAptPlaces(work),
    `Dir::State::status=${join(work, 'status')}`,
  ]
}

async function unpack(archives: string, root: string, signal: AbortSignal): Promise<void> {
  await mkdir(root)
  for (const archive of await readdir(archives)) {
    if (archive.endsWith('.deb'))
      await runPackageTool('dpkg-deb', ['-x', join(archives, archive), root], signal)
  }
}

/** The program needs the libraries it came with, so it is started by the loader it came with. */
async function writeLauncher(directory: string): Promise<void> {
  const loader = await findLoader(join(directory, 'root'))
  const path = join(directory, launcher)
  await writeFile(path, launcherText(loader))
  await chmod(path, 0o755)
}

function launcherText(loader: string): string {
  // `--no-defaults` must stay the first option, so the launcher puts its own after the caller's first.
  return `#!/bin/sh
root="$(dirname "$0")/root"
first="$1"
[ $# -gt 0 ] && shift
exec "$root/usr/lib/${loader}" \
  --library-path "$root/usr/lib/${dirname(loader)}:$root/usr/lib/mysql/private" \
  "$root/usr/sbin/mysqld" $first \
  --basedir="$root/usr" --lc-messages-dir="$root/usr/share/mysql" \
  --character-sets-dir="$root/usr/share/mysql/charsets" --plugin-dir="$root/usr/lib/mysql/plugin" \
  "$@"
`
}

async function findLoader(root: string): Promise<string> {
  for (const name of ['x86_64-linux-gnu/ld-linux-x86-64.so.2', 'aarch64-linux-gnu/ld-linux-aarch64.so.1']) {
    if (await exists(join(root, 'usr/lib', name))) return name
  }
  throw new CutoverError(
    'system.unsupported',
    `MySQL cannot be unpacked for this processor (${process.arch})`,
    {
      hint: 'Install MySQL and set CUTOVER_MYSQLD to its server program.',
    },
  )
}
