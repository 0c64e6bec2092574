import { execFileSync } from 'node:child_process'
import { installWithApt } from '../../src/lab/servers/install-with-apt.ts'

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
    await installWithApt(packages, signal)
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
