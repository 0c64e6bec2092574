import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runPackageTool } from '../../src/lab/servers/run-package-tool.ts'

/** `spin -a` calls the preprocessor, and the checker it writes is a C program. */
const programs = ['spin', 'gcc'] as const
const packages = ['spin', 'gcc', 'libc6-dev']
const byHand = `Install them by hand: sudo apt-get install --no-install-recommends ${packages.join(' ')}`

/**
 * Makes sure that the model can be checked: installs what is missing with apt when it may.
 *
 * @throws an error that names what is missing and the command that installs it.
 */
export async function installSpin(signal: AbortSignal): Promise<void> {
  const missing = programs.filter((program) => !canRun(program))
  if (missing.length === 0) return
  const what = `checking the model needs ${programs.join(' and ')}; missing: ${missing.join(', ')}`
  if (process.getuid?.() !== 0 || !canRun('apt-get')) throw new Error(`${what}. ${byHand}`)
  try {
    await installWithApt(signal)
  } catch (error) {
    throw new Error(`${what}, and apt could not install them. ${byHand}`, { cause: error })
  }
}

function canRun(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** With package lists and archives of its own, as the lab does for its servers: the shared ones may be locked or empty. */
async function installWithApt(signal: AbortSignal): Promise<void> {
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
