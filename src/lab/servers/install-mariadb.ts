import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runPackageTool } from './run-apt.ts'

export interface InstallOptions {
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

/** Only the programs: no service is set up or started, no data directory made. */
const packages = ['mariadb-server-core', 'mariadb-client-core']
const program = '/usr/sbin/mariadbd'

/** Installs MariaDB's programs with apt. Must be root. */
export async function installMariadb({ say, signal }: InstallOptions): Promise<string> {
  say('installing MariaDB with apt')
  // A cache of our own: other package runs may empty the shared one while ours is under way.
  const archives = await mkdtemp(join(tmpdir(), 'cutover-apt-'))
  try {
    await mkdir(join(archives, 'partial'))
    const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', `Dir::Cache::archives=${archives}`]
    await runPackageTool('apt-get', [...options, 'update'], signal)
    await runPackageTool(
      'apt-get',
      [...options, 'install', '-y', '--no-install-recommends', ...packages],
      signal,
    )
  } finally {
    await rm(archives, { recursive: true, force: true })
  }
  return program
}
