import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { installWithNpm } from './install-with-npm.ts'
import { manifest, root } from './manifest.ts'

/** Two projects that have the packed package. */
export interface Consumer extends AsyncDisposable {
  /** With all its dependencies. */
  readonly whole: string
  /** A service that has only what the service half says it needs: nothing of the runner's packages can be found. */
  readonly service: string
}

/** What the service half needs, and the web frameworks of the sample services. */
const serviceNeeds = ['mysql2', 'yaml']
const frameworks = ['express', 'koa', 'fastify', 'hono', '@nestjs']

const run = promisify(execFile)

/** Packs the built package as `npm publish` would. @returns the path of the archive. */
export async function packInto(directory: string): Promise<string> {
  // Its scripts would build it again; it is built.
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory], { cwd: root })
  return join(directory, `${manifest.name}-${manifest.version}.tgz`)
}

/**
 * @param installer a Node that npm installs the package and its dependencies with. Default: its dependencies are
 * linked to those of this repository.
 */
export async function openConsumer(archive: string, installer?: string): Promise<Consumer> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'cutover-surface-')))
  const [whole, service] = [join(home, 'whole'), join(home, 'service')]
  const close = (): Promise<void> => rm(home, { recursive: true, force: true })
  try {
    if (installer === undefined) await linkedProject(whole, archive, Object.keys(manifest.dependencies), root)
    else await installWithNpm(whole, archive, installer)
    await linkedProject(service, archive, serviceNeeds, whole)
    await linkPackages(service, frameworks, root)
  } catch (error) {
    await close()
    throw error
  }
  return { whole, service, [Symbol.asyncDispose]: close }
}

/**
 * A project with the package and links to others. The package is unpacked there: from a link Node would look for
 * packages beside what it points to.
 * @param owner the project whose packages are linked.
 */
export async function linkedProject(
  project: string,
  archive: string,
  packages: readonly string[],
  owner: string,
): Promise<void> {
  const own = join(project, 'node_modules', manifest.name)
  await mkdir(own, { recursive: true })
  await run('tar', ['-xzf', archive, '-C', own, '--strip-components=1'])
  // Without one, Node would look further up for the project that the samples belong to.
  await writeFile(join(project, 'package.json'), '{ "name": "consumer" }')
  await linkPackages(project, packages, owner)
}

async function linkPackages(project: string, packages: readonly string[], owner: string): Promise<void> {
  for (const name of packages) {
    const path = join(project, 'node_modules', name)
    await mkdir(dirname(path), { recursive: true })
    await symlink(await realpath(join(owner, 'node_modules', name)), path)
  }
}
