import { realpathSync } from 'node:fs'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Compilation } from './compile.ts'
import { compileSuite } from './compile.ts'
import type { Consumer } from './consumer.ts'
import { openConsumer } from './consumer.ts'
import { manifest, subPaths } from './manifest.ts'
import { nodeProgram } from './node-versions.ts'
import type { NodeRun } from './run-node.ts'
import { runNode } from './run-node.ts'
import { toCommonJs } from './to-common-js.ts'
import type { World } from './world.ts'
import { openWorld } from './world.ts'

const samples = fileURLToPath(new URL('services/', import.meta.url))

const friendly = { status: 503, title: 'System upgrading', retries: true }
const framework = {
  mapped: friendly,
  kept: friendly,
  handlerRuns: 1,
  meaning: 'rejected',
  mayShowUpgrading: true,
  oneModule: true,
}

/** What the sample service of each sub-path reports. */
const reports: Readonly<Record<string, object>> = {
  express: framework,
  koa: framework,
  fastify: framework,
  nestjs: framework,
  hono: framework,
  http: framework,
  jobs: { before: 'requeue', after: 'requeue', meaning: 'rejected', oneModule: true },
  classify: {
    meaning: 'rejected',
    mayReplay: true,
    mayShowUpgrading: true,
    path: 'error.cause',
    oneModule: true,
  },
  mysql2: { rows: 1, errno: 1062, heldBack: false, gate: 'open', generation: 0, oneModule: true },
  prisma: { stored: 1, found: 1, wrapped: true, oneModule: true },
  observe: { errno: 1290, tells: false, same: true, oneModule: true },
}

/** Which of the package's dependencies each sub-path loads. Those not named load none. */
const loads: Readonly<Record<string, readonly string[]>> = {
  mysql2: ['mysql2', 'yaml'],
  // Its sample puts it on the pool.
  prisma: ['mysql2', 'yaml'],
}

/** A version of Node, and the endings by which it tells module systems apart. */
export interface TriedNode {
  readonly version: string
  readonly systems: readonly ('mjs' | 'cjs')[]
}

const serviceRooms = ['config-centers', 'core', 'databases', 'service']

/**
 * The packed package in its users' hands, on some versions of Node and with some compilers.
 * @param dependencies `installed`: by npm on that Node, as users do. `linked`: to those of this repository.
 */
export function surfaceSuite(
  nodes: readonly TriedNode[],
  dependencies: 'installed' | 'linked',
  compilations: readonly Compilation[],
): void {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  compileSuite(compilations, () => world.archive)

  describe.each(nodes)('on Node $version', ({ version, systems }) => {
    let node: string
    let consumer: Consumer
    beforeAll(async () => {
      node = await nodeProgram(version)
      consumer = await openConsumer(world.archive, dependencies === 'installed' ? node : undefined)
      await writeSamples(consumer.service)
    })
    afterAll(() => consumer[Symbol.asyncDispose]())

    const run = (args: readonly string[], cwd: string): Promise<NodeRun> =>
      runNode(node, args, cwd, { CENTER_URL: world.centerUrl })

    describe.each(subPaths)('cutover-kit/%s', (subPath) => {
      it.each(systems)('starts, answers and ends in a service (.%s)', async (extension) => {
        const ended = await run([join('samples', `${subPath}.${extension}`)], consumer.service)
        expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
        expect(JSON.parse(ended.stdout)).toEqual(reports[subPath])
        const rooms = roomsIn(ended.loaded, consumer.service)
        expect(rooms).toContain('service')
        expect(serviceRooms).toEqual(expect.arrayContaining([...rooms]))
        expect(dependenciesIn(ended.loaded, consumer.whole)).toEqual(loads[subPath] ?? [])
      })
    })

    it('cutover-kit is the same for import and require, and brings a reader of playbooks, not the terminal', async () => {
      const [imported, required] = [
        await run(['--input-type=module', '-e', tellNames("await import('cutover-kit')")], consumer.whole),
        await run(['--input-type=commonjs', '-e', tellNames("require('cutover-kit')")], consumer.whole),
      ]
      expect(imported).toMatchObject({ exitCode: 0, stderr: '' })
      expect(imported.stdout).toContain('runPlaybook')
      expect(required).toMatchObject({ exitCode: 0, stderr: '', stdout: imported.stdout })
      expect(dependenciesIn(imported.loaded, consumer.whole)).toEqual(['yaml', 'zod'])
    })

    it('cutover tells its version, and loads what a service must not', async () => {
      const program = join('node_modules', manifest.name, manifest.bin['cutover'] ?? '')
      const told = await run([program, '--version'], consumer.whole)
      expect(told).toMatchObject({ exitCode: 0, stderr: '', stdout: `${manifest.version}\n` })
      expect(dependenciesIn(told.loaded, consumer.whole)).toContain('commander')
      const helped = await run([program, 'plan', '--help'], consumer.whole)
      expect(helped).toMatchObject({ exitCode: 0, stderr: '' })
      expect(helped.stdout).toContain('Show what a run would change.')
      const playbook = join('node_modules', manifest.name, 'playbooks', 'stop-write.yaml')
      const validated = await run([program, 'validate', playbook], consumer.whole)
      expect(validated).toMatchObject({ exitCode: 2 })
      expect(dependenciesIn(validated.loaded, consumer.whole)).toEqual(
        expect.arrayContaining(['commander', 'yaml', 'zod']),
      )
    })

    it("has none of the runner's packages within reach of the services", async () => {
      const program = join('node_modules', manifest.name, manifest.bin['cutover'] ?? '')
      const ended = await run([program, '--version'], consumer.service)
      expect(ended.exitCode).toBe(1)
      expect(ended.stderr).toContain("Cannot find package 'commander'")
    })
  })
}

/** Each sample as it stands, and the same for `require`. */
async function writeSamples(service: string): Promise<void> {
  const target = join(service, 'samples')
  await mkdir(target)
  for (const file of await readdir(samples)) {
    const text = await readFile(join(samples, file), 'utf8')
    await writeFile(join(target, file), text)
    if (file.endsWith('.mjs')) await writeFile(join(target, file.replace('.mjs', '.cjs')), toCommonJs(text))
  }
}

const tellNames = (load: string): string =>
  `console.log(Object.keys(${load}).filter((name) => name !== 'module.exports').sort().join())`

/** Folders of the package's own code. */
function roomsIn(loaded: readonly string[], project: string): readonly string[] {
  const dist = join(project, 'node_modules', manifest.name, 'dist') + sep
  const inside = loaded.filter((file) => file.startsWith(dist))
  return [...new Set(inside.map((file) => file.slice(dist.length).split(sep)[0] ?? ''))].sort()
}

/** The package's direct dependencies, as far as files of theirs were run. */
function dependenciesIn(loaded: readonly string[], project: string): readonly string[] {
  return Object.keys(manifest.dependencies)
    .filter((name) => {
      const home = realpathSync(join(project, 'node_modules', name)) + sep
      return loaded.some((file) => file.startsWith(home))
    })
    .sort()
}
