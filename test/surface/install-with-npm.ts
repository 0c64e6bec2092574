import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { manifest, root } from './manifest.ts'

/**
 * Installs the packed package into a new project as its users do. npm runs on this Node and refuses every package that
 * does not say it runs there. The dependencies are those of the lock file, so that what is tried changes only on
 * purpose.
 */
export async function installWithNpm(project: string, archive: string, node: string): Promise<void> {
  const file = basename(archive)
  const wanted = { name: 'consumer', version: '1.0.0', dependencies: { [manifest.name]: `file:${file}` } }
  await mkdir(project)
  await copyFile(archive, join(project, file))
  await writeFile(join(project, 'package.json'), JSON.stringify(wanted))
  await writeFile(join(project, 'package-lock.json'), await lockFor(wanted, file))
  const options = ['--prefer-offline', '--ignore-scripts', '--engine-strict', '--no-audit', '--no-fund']
  await promisify(execFile)('npm', ['ci', ...options], {
    cwd: project,
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` },
    timeout: 240_000,
  })
}

interface LockedPackage {
  readonly dev?: boolean
  readonly devOptional?: boolean
}

async function lockFor(wanted: object, file: string): Promise<string> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>
  }
  const { version, dependencies, bin, engines } = manifest
  const needed = Object.entries(packages).filter(
    ([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true,
  )
  return JSON.stringify({
    ...wanted,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': wanted,
      [`node_modules/${manifest.name}`]: { version, resolved: `file:${file}`, dependencies, bin, engines },
      ...Object.fromEntries(needed),
    },
  })
}
