import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runPackageTool } from './run-package-tool.ts'

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
  // Lists and archives of our own: another package run may lock or empty the shared ones while ours is under way.
  const work = await mkdtemp(join(tmpdir(), 'cutover-apt-'))
  try {
    await mkdir(join(work, 'lists', 'partial'), { recursive: true })
    await mkdir(join(work, 'archives', 'partial'), { recursive: true })
    const options = [
      `Dir::State::lists=${join(work, 'lists')}`,
      `Dir::Cache::archives=${join(work, 'archives')}`,
      'Dir::Cache::pkgcache=',
      'Dir::Cache::srcpkgcache=',
      'APT::Sandbox::User=root',
      'DPkg::Lock::Timeout=300',
    ].flatMap((option) => ['-o', option])
    await runPackageTool('apt-get', [...options, 'update'], signal)
    await runPackageTool(
      'apt-get',
      [...options, 'install', '-y', '--no-install-recommends', ...packages],
      signal,
    )
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return program
}
