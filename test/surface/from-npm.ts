import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from '../../src/lab/servers/cache-directory.ts'

/**
 * The directory of a package in exactly this version, got with npm once per machine and kept outside the repository.
 * For what only some tests want and nobody should have to install: other versions of Node and of compilers.
 */
export async function packageFromNpm(name: string, version: string): Promise<string> {
  const directory = await cached(`${name.replace('/', '+')}-${version}`, async (draft) => {
    await writeFile(join(draft, 'package.json'), '{ "private": true }')
    const args = ['install', '--prefer-offline', '--ignore-scripts', '--save-exact', `${name}@${version}`]
    await promisify(execFile)('npm', args, { cwd: draft, timeout: 180_000 })
  })
  return join(directory, 'node_modules', name)
}
