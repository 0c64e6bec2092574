import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { CutoverError } from '../../../core/errors.ts'
import { canInstall } from '../../servers/can-install.ts'
import { exists } from '../../servers/cache-directory.ts'
import { installWithApt } from '../../servers/install-with-apt.ts'
import type { InstallOptions } from '../../servers/install-mariadb.ts'

export type JavaTool = 'java' | 'javac' | 'mvn'

const oldestJava = 17
const packages = ['default-jdk-headless', 'maven']

/**
 * The program to use: JAVA_HOME, then PATH, then, when root on Debian, an installation with apt.
 *
 * @throws `usage` when there is none, or when the Java found is older than 17.
 */
export async function findJavaTool(tool: JavaTool, options: InstallOptions): Promise<string> {
  const found = await searchTool(tool)
  if (found === undefined && (await canInstall())) {
    options.say('installing Java and Maven with apt')
    await installWithApt(packages, options.signal)
  }
  const program = found ?? (await searchTool(tool))
  if (program === undefined) throw missing(tool)
  if (tool === 'java') await requireModern(program)
  return program
}

async function searchTool(tool: JavaTool): Promise<string | undefined> {
  const home = process.env['JAVA_HOME'] ?? ''
  const directories = [
    ...(home.startsWith('/') ? [join(home, 'bin')] : []),
    ...(process.env['PATH'] ?? '').split(':').filter((directory) => directory.startsWith('/')),
  ]
  for (const directory of directories) {
    const candidate = join(directory, tool)
    if (await exists(candidate)) return candidate
  }
  return undefined
}

async function requireModern(java: string): Promise<void> {
  const told = await new Promise<string>((resolve) => {
    execFile(java, ['-version'], { timeout: 60_000 }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    )
  })
  const version = Number(/version "(\d+)/.exec(told)?.[1] ?? 0)
  if (version >= oldestJava) return
  const what = version === 0 ? 'no Java that starts' : `Java ${version}`
  throw new CutoverError('usage', `${java} is ${what}; the config center's servers need Java ${oldestJava}`, {
    hint: `Install Java ${oldestJava} or newer and put it first on PATH, or set JAVA_HOME.`,
  })
}

function missing(tool: JavaTool): CutoverError {
  return new CutoverError(
    'usage',
    `there is no ${tool} on this machine; the config center's servers need it`,
    {
      hint: `Install ${packages.join(' and ')} (Java ${oldestJava} or newer), or set JAVA_HOME.`,
    },
  )
}
