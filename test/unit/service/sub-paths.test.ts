import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const source = fileURLToPath(new URL('../../../src', import.meta.url))

/** The packages that importing this file loads: static imports only, types left out. */
function packagesOf(entry: string): ReadonlySet<string> {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(file, 'utf8')
    for (const [, specifier = ''] of text.matchAll(/^(?:import|export) (?!type\b)[^'"]*?from '([^']+)'/gm)) {
      if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier))
      else if (!specifier.startsWith('node:')) packages.add(specifier)
    }
  }
  visit(resolve(source, entry))
  expect(seen.size).toBeGreaterThan(3)
  return packages
}

it('cutover-kit/express loads no package at all, not even Express', () => {
  expect([...packagesOf('service/express.ts')]).toEqual([])
})

it('cutover-kit/classify loads no package at all', () => {
  expect([...packagesOf('service/classify.ts')]).toEqual([])
})

it('cutover-kit/mysql2 loads the driver and nothing else', () => {
  expect([...packagesOf('service/mysql2.ts')].sort()).toEqual(['mysql2', 'mysql2/promise'])
})

it('cutover-kit/prisma loads the driver, and nothing of Prisma', () => {
  expect([...packagesOf('service/prisma.ts')]).toEqual(['mysql2'])
})

it('cutover-kit/observe loads no package at all', () => {
  expect([...packagesOf('service/observe.ts')]).toEqual([])
})
