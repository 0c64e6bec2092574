import { join } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import { exists } from './cache-directory.ts'
import { canInstall } from './can-install.ts'
import { installMariadb } from './install-mariadb.ts'
import { unpackMysql, unpackedMysql } from './unpack-mysql.ts'
import { engineNames, type ServerEngine } from './server-engine.ts'
import { readServerVersion } from './server-version.ts'

export interface FindBinaryOptions {
  /** What the user gave on the command line; it must be right. */
  readonly flag?: string | undefined
  /** Default: process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Told what takes long: `installing MariaDB with apt`. */
  readonly say?: (text: string) => void
  /** False: never install anything. Default: install when root on Debian. */
  readonly install?: boolean
  readonly signal?: AbortSignal
}

/** The environment variable that names the server program. */
export const binaryVariable: Readonly<Record<ServerEngine, string>> = {
  mariadb: 'CUTOVER_MARIADBD',
  mysql: 'CUTOVER_MYSQLD',
}

const programs: Readonly<Record<ServerEngine, readonly string[]>> = {
  mariadb: ['mariadbd', 'mysqld'],
  mysql: ['mysqld'],
}

/**
 * The server program to use: flag, then environment, then PATH and /usr/sbin, then the cache, then, when root on
 * Debian, an installation.
 *
 * @throws `usage` when there is none, or when the one named is not what it should be.
 */
export async function findDatabaseBinary(
  engine: ServerEngine,
  options: FindBinaryOptions = {},
): Promise<string> {
  const env = options.env ?? process.env
  const variable = binaryVariable[engine]
  const named = options.flag ?? env[variable]
  if (named !== undefined && named !== '') {
    return checkNamed(engine, named, options.flag === undefined ? variable : 'the command line')
  }
  return (await searchPath(engine, env['PATH'] ?? '')) ?? (await fromCacheOrInstall(engine, options))
}

async function checkNamed(engine: ServerEngine, binary: string, where: string): Promise<string> {
  const found = await readServerVersion(binary)
  if (found?.engine === engine) return binary
  const what = found === null ? 'no database server' : `${engineNames[found.engine]} ${found.version}`
  throw new CutoverError('usage', `${binary} is ${what}, not ${engineNames[engine]}`, { where })
}

async function searchPath(engine: ServerEngine, path: string): Promise<string | undefined> {
  // Debian keeps servers in /usr/sbin, which is not on an ordinary user's PATH.
  const directories = [...path.split(':').filter((directory) => directory.startsWith('/')), '/usr/sbin']
  for (const directory of directories) {
    for (const program of programs[engine]) {
      const candidate = join(directory, program)
      if ((await exists(candidate)) && (await readServerVersion(candidate))?.engine === engine)
        return candidate
    }
  }
  return undefined
}

async function fromCacheOrInstall(engine: ServerEngine, options: FindBinaryOptions): Promise<string> {
  const unpacked = engine === 'mysql' ? await unpackedMysql() : undefined
  if (unpacked !== undefined) return unpacked
  if (options.install === false || !(await canInstall())) throw missing(engine)
  const install = { mariadb: installMariadb, mysql: unpackMysql }[engine]
  return install({
    say: options.say ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
  })
}

function missing(engine: ServerEngine): CutoverError {
  const name = engineNames[engine]
  const package_ = { mariadb: 'mariadb-server', mysql: 'mysql-server' }[engine]
  return new CutoverError('usage', `there is no ${name} server program on this machine`, {
    hint: `Install ${package_}, or set ${binaryVariable[engine]} to the path of its server program.`,
  })
}
