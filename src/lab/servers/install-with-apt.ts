import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runPackageTool } from './run-package-tool.ts'

/**
 * Installs Debian packages without what they only recommend. Must be root.
 * @throws what runPackageTool throws.
 */
export async function installWithApt(packages: readonly string[], signal: AbortSignal): Promise<void> {
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
    const install = ['install', '-y', '--no-install-recommends', ...packages]
    await runPackageTool('apt-get', [...options, ...install], signal)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
