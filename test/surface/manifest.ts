import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  readonly name: string
  readonly version: string
  readonly bin: Readonly<Record<string, string>>
  readonly engines: { readonly node: string }
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly typesVersions: { readonly '*': Readonly<Record<string, readonly string[]>> }
}

/** What services import, such as `express` of `cutover-kit/express`. */
export const subPaths = Object.keys(manifest.exports)
  .filter((path) => path !== '.' && path !== './package.json' && !path.includes('*'))
  .map((path) => path.slice(2))
