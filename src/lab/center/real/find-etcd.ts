import { execFile } from 'node:child_process'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CutoverError } from '../../../core/errors.ts'
import { privateAptPlaces } from '../../servers/private-apt-places.ts'
import { cached, exists, openCache } from '../../servers/cache-directory.ts'
import type { InstallOptions } from '../../servers/install-mariadb.ts'
import { runPackageTool } from '../../servers/run-package-tool.ts'

const run = promisify(execFile)
const variable = 'CUTOVER_ETCD'
const packageName = 'etcd-server'

/**
 * The etcd program to use: what CUTOVER_ETCD names, then PATH, then the cache, then Debian's package, unpacked into
 * the cache. Nothing is installed, so no service of the machine starts.
 * @throws `usage` when there is none, or when the one named is none.
 */
export async function findEtcd(options: InstallOptions): Promise<string> {
  const named = process.env[variable]
  if (named !== undefined && named !== '') {
    if (await isEtcd(named)) return named
    throw new CutoverError('usage', `${named} is no etcd`, { where: variable })
  }
  if (await isEtcd('etcd')) return 'etcd'
  const unpacked = join(await openCache(), packageName, 'etcd')
  if (await isEtcd(unpacked)) return unpacked
  if (await exists('/usr/bin/apt-get')) return unpack(options)
  throw new CutoverError('usage', 'there is no etcd on this machine', {
    hint: `Install ${packageName}, or set ${variable} to the path of its program.`,
  })
}

async function isEtcd(program: string): Promise<boolean> {
  try {
    return /^etcd Version: 3\./m.test((await run(program, ['--version'], { timeout: 20_000 })).stdout)
  } catch {
    // Not there, not a program, or for another processor: all mean that it cannot be used.
    return false
  }
}

async function unpack({ say, signal }: InstallOptions): Promise<string> {
  say('unpacking etcd')
  // Something that cleans temporary directories may have taken a part of it.
  await rm(join(await openCache(), packageName), { recursive: true, force: true })
  const directory = await cached(packageName, async (draft) => {
    const work = join(draft, 'apt')
    const archive = await download(work, signal)
    await runPackageTool('dpkg-deb', ['-x', archive, join(work, 'root')], signal)
    await rename(join(work, 'root', 'usr', 'bin', 'etcd'), join(draft, 'etcd'))
    await rm(work, { recursive: true })
  })
  return join(directory, 'etcd')
}

async function download(work: string, signal: AbortSignal): Promise<string> {
  const archives = join(work, 'archives')
  await mkdir(join(work, 'lists', 'partial'), { recursive: true })
  await mkdir(join(archives, 'partial'), { recursive: true })
  const options = privateAptPlaces(work).flatMap((option) => ['-o', option])
  await runPackageTool('apt-get', [...options, 'update'], signal)
  await runPackageTool('apt-get', [...options, 'install', '-y', '--download-only', packageName], signal)
  const archive = (await readdir(archives)).find((name) => name.startsWith(`${packageName}_`))
  if (archive !== undefined) return join(archives, archive)
  throw new CutoverError('command.failed', `apt-get did not download ${packageName}`)
}
