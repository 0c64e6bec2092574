import { createHash } from 'node:crypto'
import { CutoverError } from '../../core/errors.ts'
import { scanProperties } from '../documents/scan-properties.ts'
import type { ApolloNamespace } from './namespace-of.ts'

/*
 * The text that stands for a namespace.
 *
 * A namespace with the ending of a file has one item, `content`, and its text is that item's value, byte for byte.
 *
 * A namespace of items has no text in Apollo. Here it is one line `key=value` for each item of the release, in the
 * order of the items, joined by line feeds and without one at the end; keys and values are escaped as in a Java
 * properties file, other characters than ASCII as \uXXXX. Comments of items are not part of it: releases do not hold
 * them, so no earlier version could be told by its bytes. They stay where they are in Apollo.
 */

/** Values by key, in the order of the release. */
export type Configuration = ReadonlyMap<string, string>

const contentKey = 'content'

/** null: nothing is there that could be called a document. */
export function textOfConfiguration(
  { format }: ApolloNamespace,
  configuration: Configuration,
): string | null {
  if (format !== 'properties') return configuration.get(contentKey) ?? null
  if (configuration.size === 0) return null
  return [...configuration].map(([key, value]) => lineOf(key, value)).join('\n')
}

/** @throws CutoverError `system.refused` for a text that items cannot give back byte for byte. */
export function configurationOfText(namespace: ApolloNamespace, text: string, where: string): Configuration {
  if (namespace.format !== 'properties') return new Map([[contentKey, text]])
  const leaves = scanProperties(text)
  const configuration = new Map(leaves.map(({ path, value }) => [path, value]))
  const isSame = textOfConfiguration(namespace, configuration) === text
  if (isSame && configuration.size === leaves.length) return configuration
  throw new CutoverError(
    'system.refused',
    `${where} holds single items, and the new text cannot be made of them`,
    {
      where,
      hint: 'Such a text is one line key=value for each item: no comments, no blank lines, no key twice.',
    },
  )
}

/** The same for the same values, whatever order they come in. */
export function etagOfConfiguration(configuration: Configuration): string {
  const sorted = [...configuration].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('md5').update(JSON.stringify(sorted), 'utf8').digest('hex')
}

/** The `configurations` of a release; undefined when it is anything but texts by name. */
export function configurationIn(values: unknown): Configuration | undefined {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return undefined
  const entries: [string, unknown][] = Object.entries(values)
  const isTexts = entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
  return isTexts ? new Map(entries) : undefined
}

export function isSameConfiguration(one: Configuration, other: Configuration): boolean {
  return differingKeys(one, other).length === 0
}

/** Keys with other values, in either. */
export function differingKeys(one: Configuration, other: Configuration): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key))
}

/** Values are written as the document editor writes them, so that what it edited is found again byte for byte. */
function lineOf(key: string, value: string): string {
  const name = key
    .replace(/[\\=: ]/g, (character) => `\\${character}`)
    .replace(/^[#!]/, (character) => `\\${character}`)
    .replace(
      /[^\x20-\x7E]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
    )
  const [leaf] = scanProperties('key=')
  return `${name}=${leaf?.textFor(value) ?? ''}`
}
