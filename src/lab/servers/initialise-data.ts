import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import { cached, exists } from './cache-directory.ts'
import { engineNames, type ServerEngine } from './server-engine.ts'
import { programOptions } from './server-options.ts'
import { readServerVersion } from './server-version.ts'

const timeoutMs = 120_000

/**
 * Puts a fresh data directory at `destination`. A server's first initialisation takes seconds, so it is done once per
 * program and version and copied from then on. `root` has no password yet and is reached through the socket only.
 */
export async function initialiseData(
  engine: ServerEngine,
  binary: string,
  destination: string,
  signal: AbortSignal,
): Promise<void> {
  const version = (await readServerVersion(binary))?.version ?? 'unknown'
  const key = createHash('sha256').update(`${binary}\n${version}`).digest('hex').slice(0, 12)
  const prepared = await cached(`data-${engine}-${key}`, async (draft) => {
    const directory = join(draft, 'data')
    const temporary = join(draft, 'tmp')
    await mkdir(directory, { mode: 0o700 })
    await mkdir(temporary, { mode: 0o700 })
    await initialise[engine](binary, { directory, temporary }, signal)
    // The server's identity: every copy must make its own.
    await rm(join(directory, 'auto.cnf'), { force: true })
  })
  signal.throwIfAborted()
  await cp(join(prepared, 'data'), destination, { recursive: true, errorOnExist: true, force: false })
}

interface InitialPlaces {
  readonly directory: string
  readonly temporary: string
}

const initialise: Readonly<
  Record<ServerEngine, (binary: string, places: InitialPlaces, signal: AbortSignal) => Promise<void>>
> = {
  async mysql(binary, { directory, temporary }, signal) {
    const args = [...programOptions('mysql', temporary), `--datadir=${directory}`, '--initialize-insecure']
    await runInitialiser('mysql', binary, args, signal)
  },
  async mariadb(binary, { directory, temporary }, signal) {
    const script = await findInstaller(binary)
    const args = [
      ...programOptions('mariadb', temporary),
      `--datadir=${directory}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      // Goes on where the machine's own host name cannot be looked up.
      '--force',
      '--skip-name-resolve',
    ]
    await runInitialiser('mariadb', script, args, signal)
  },
}

async function findInstaller(binary: string): Promise<string> {
  const root = dirname(dirname(binary))
  for (const place of ['bin/mariadb-install-db', 'scripts/mariadb-install-db', 'bin/mysql_install_db']) {
    const script = join(root, place)
    if (await exists(script)) return script
  }
  throw new CutoverError('usage', `no mariadb-install-db beside ${binary}`, {
    hint: 'Install the complete server package (Debian: mariadb-server-core).',
  })
}

async function runInitialiser(
  engine: ServerEngine,
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { error, output } = await new Promise<{ error: Error | null; output: string }>((resolve) => {
    execFile(program, args, { timeout: timeoutMs, signal, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
      resolve({ error, output: `${stdout}${stderr}` }),
    )
  })
  signal.throwIfAborted()
  if (error === null) return
  throw new CutoverError(
    'system.refused',
    `${engineNames[engine]} could not initialise a data directory: ${lastLines(output)}`,
    { where: program },
  )
}

/** The end of a server's log, for an error message. */
export async function readLogEnd(log: string): Promise<string> {
  return lastLines((await exists(log)) ? await readFile(log, 'utf8') : '')
}

function lastLines(text: string): string {
  // Replication quotes statements after this word, and they may hold passwords.
  const lines = text
    .trim()
    .split('\n')
    .slice(-6)
    .map((line) => line.replace(/Query: .*/, 'Query: …'))
  return lines.join(' | ').slice(-1500) || 'it said nothing'
}
