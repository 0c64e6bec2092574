import { execFile } from 'node:child_process'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linkedProject } from './consumer.ts'
import { packageFromNpm } from './from-npm.ts'
import { manifest, root } from './manifest.ts'
import { typeSample } from './type-sample.ts'

/** A compiler and how it is told to find modules. */
export interface Compilation {
  readonly typescript: 'own' | '5.9.3' | '6.0.2'
  /** TypeScript's `module` and `moduleResolution`. */
  readonly module: string
  readonly resolution: string
  /** Endings of the sample: `mts` is an ES module, `cts` CommonJS, `ts` what the nearest package.json says. */
  readonly files: readonly ('mts' | 'cts' | 'ts')[]
}

const both = ['mts', 'cts'] as const
const esModules: Omit<Compilation, 'typescript'> = { module: 'node16', resolution: 'node16', files: ['mts'] }
const either: Omit<Compilation, 'typescript'> = { module: 'nodenext', resolution: 'nodenext', files: both }
const bundled: Omit<Compilation, 'typescript'> = { module: 'esnext', resolution: 'bundler', files: both }
const classic: Omit<Compilation, 'typescript'> = { module: 'commonjs', resolution: 'node10', files: ['ts'] }

function everyWay(typescript: Compilation['typescript']): readonly Compilation[] {
  return [
    { typescript, ...esModules },
    { typescript, ...either },
    { typescript, ...bundled },
  ]
}

/** What is tried each time. */
export const fewCompilations: readonly Compilation[] = [{ typescript: 'own', ...either }]

export const allCompilations: readonly Compilation[] = [
  ...everyWay('own'),
  ...everyWay('6.0.2'),
  ...everyWay('5.9.3'),
  // TypeScript 7 has it no more.
  { typescript: '5.9.3', ...classic },
]

/** What a service has beside this package, and the types of what brings none. */
const packages = [...Object.keys(manifest.dependencies), 'express', 'koa', 'fastify', 'hono', '@nestjs']
const types = ['@types/node', '@types/express', '@types/koa']

/** A service in TypeScript that imports every sub-path, against the packed types and with all libraries checked. */
export function compileSuite(compilations: readonly Compilation[], archive: () => string): void {
  describe('the packed types', () => {
    let project: string
    beforeAll(async () => {
      // Ahead: fetching one is not the time of a compilation.
      for (const { typescript } of compilations) await compilerAt(typescript)
      project = await realpath(await mkdtemp(join(tmpdir(), 'cutover-types-')))
      await linkedProject(project, archive(), [...packages, ...types], root)
      for (const ending of ['mts', 'cts', 'ts'])
        await writeFile(join(project, `sample.${ending}`), typeSample)
    })
    afterAll(() => rm(project, { recursive: true, force: true }))

    it.each(compilations)(
      'are right for TypeScript $typescript, $resolution, $files',
      async (compilation) => {
        expect(await complaints(project, compilation)).toEqual([])
      },
    )

    it('are seen to be wrong when they are', async () => {
      const wrong = typeSample.replace("flavour: 'mysql'", "flavour: 'oracle'")
      expect(wrong).not.toBe(typeSample)
      await writeFile(join(project, 'wrong.mts'), wrong)
      const { typescript, module, resolution } = compilations[0] as Compilation
      const found = await complaints(project, { typescript, module, resolution, files: [] }, ['wrong.mts'])
      expect(found).toEqual([expect.stringMatching(/^wrong\.mts\(.*"oracle"/)])
    })
  })
}

async function complaints(
  project: string,
  { typescript, module, resolution, files }: Compilation,
  extra: readonly string[] = [],
): Promise<readonly string[]> {
  const home = await compilerAt(typescript)
  const settings = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    'false',
    '--target',
    'es2022',
    '--lib',
    'es2022',
  ]
  const modules = [
    '--module',
    module,
    '--moduleResolution',
    resolution,
    '--esModuleInterop',
    '--types',
    'node',
  ]
  const names = [...files.map((ending) => `sample.${ending}`), ...extra]
  const args = [join(home, 'bin', 'tsc'), ...settings, ...modules, ...names]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project }).catch(
    (error: { stdout: string }) => error,
  )
  // Koa's types do not agree with a newer version of what they import. That is between the two.
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('/@types/koa/'))
}

async function compilerAt(version: Compilation['typescript']): Promise<string> {
  return version === 'own' ? join(root, 'node_modules', 'typescript') : packageFromNpm('typescript', version)
}
