import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Readonly<Record<string, unknown>>
}
const forServices = Object.keys(exports)
  .filter((path) => path !== '.' && path !== './package.json' && !path.includes('*'))
  .map((path) => path.slice(2))
/** Only what has to do with the pool brings its driver along, and the pool a reader of YAML documents. */
const packagesOf: Readonly<Record<string, readonly string[]>> = {
  mysql2: ['mysql2', 'yaml'],
  prisma: ['mysql2'],
}

/** A module hook that tells the URL of every module, in a process of its own. */
const hook = `
  import { writeSync } from 'node:fs'
  export async function load(url, context, next) {
    writeSync(3, url + '\\n')
    return next(url, context)
  }`
const withHook = `
  import { register } from 'node:module'
  register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}))`

async function run(code: string, ...args: readonly string[]): Promise<string> {
  const child = promisify(execFile)(process.execPath, [...args, '-e', code], { cwd: root })
  return (await child).stdout.trim()
}

/** Every file that importing the sub-path loads. */
async function loadedBy(subPath: string): Promise<readonly string[]> {
  const script = `${withHook}
    const { createRequire } = await import('node:module')
    await import('cutover-kit/${subPath}')
    // What CommonJS packages require is seen here.
    console.log(Object.keys(createRequire(import.meta.url).cache).join('\\n'))`
  const child = execFile('/bin/sh', [
    '-c',
    'cd "$0" && exec "$1" --input-type=module -e "$2" 3>&1',
    root,
    process.execPath,
    script,
  ])
  let text = ''
  child.stdout?.on('data', (chunk: string) => (text += chunk))
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve)
  })
  expect(code).toBe(0)
  return text.split('\n').filter((line) => line !== '')
}

describe.each(forServices)('cutover-kit/%s', (subPath) => {
  it('loads nothing of the runner, and no package a service does not need', async () => {
    const files = await loadedBy(subPath)
    const own = files.filter((file) => file.includes('/dist/'))
    expect(own.length).toBeGreaterThan(1)
    expect(own.filter((file) => /\/dist\/(?:cli|runner|playbook|steps|gates|lab)\//.test(file))).toEqual([])
    const packages = files.flatMap((file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [])
    const runners = new Set(['commander', '@clack/prompts', 'log-update', 'execa', 'zod', 'express'])
    expect(packages.filter((name) => runners.has(name))).toEqual([])
    if (packagesOf[subPath] === undefined) expect(packages).toEqual([])
  })

  it('is the same for import and require', async () => {
    const names = 'Object.keys(loaded).sort().join()'
    const imported = await run(
      `const loaded = await import('cutover-kit/${subPath}'); console.log(${names})`,
      '--input-type=module',
    )
    const required = await run(
      `const loaded = require('cutover-kit/${subPath}'); console.log(${names})`,
      '--input-type=commonjs',
    )
    expect(imported).not.toBe('')
    expect(required).toBe(imported)
  })
})

it('knows every sub-path that services import', () => {
  expect(forServices).toEqual(
    expect.arrayContaining(['express', 'koa', 'fastify', 'nestjs', 'hono', 'http', 'jobs', 'classify']),
  )
})
