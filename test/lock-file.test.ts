import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface LockedPackage {
  readonly integrity?: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Readonly<Record<string, LockedPackage>>
}
const locked = Object.entries(lock.packages).filter(([path]) => path !== '')

describe('package-lock.json', () => {
  it('holds the programs of every platform, else `npm ci` refuses on npm 11', () => {
    const wanted = locked.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}))
    expect(wanted.length).toBeGreaterThan(0)
    expect(wanted.filter((name) => lock.packages[`node_modules/${name}`] === undefined)).toEqual([])
  })

  it('pins every package by its content', () => {
    expect(locked.filter(([, entry]) => entry.integrity === undefined).map(([path]) => path)).toEqual([])
  })

  it('names no registry, so that any registry will do', () => {
    expect(locked.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([])
  })
})
