import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isCenterSpec, type CenterSpec } from '../../core/center-specs.ts'
import type { Lab } from '../../lab/open-lab.ts'
import { readYaml } from '../../playbook/read-yaml.ts'
import { childOf, type YamlNode } from '../../playbook/yaml-tree.ts'

/**
 * The file to carry out: the playbook's own, or a copy in the lab's directory when its config center is of another kind
 * than the lab's.
 * @param text what is in the file.
 */
export async function fitFile(
  file: string,
  text: string,
  lab: Lab<unknown>,
  say: (text: string) => void,
): Promise<string> {
  const { kind } = lab.center.system
  const fitted = fitPlaybook(text, lab.center.system)
  if (fitted.replaced.length === 0) return file
  const copy = join(lab.directory, basename(file))
  await writeFile(copy, fitted.text)
  say(
    `in place of the playbook's config center ${fitted.replaced.join(', ')} stands the lab's, of kind ${kind}`,
  )
  return copy
}

export interface FittedPlaybook {
  readonly text: string
  /** Names of the config centers that were replaced; empty: the text is as it was. */
  readonly replaced: readonly string[]
}

/**
 * Makes a playbook fit a lab whose config center is of another kind than the playbook's: that entry under `systems:` is
 * replaced, nothing else changes, and every line keeps its number. A text that cannot be read stays as it is.
 */
export function fitPlaybook(text: string, center: CenterSpec): FittedPlaybook {
  const { root, broken } = readYaml(text)
  const systems = broken ? undefined : childOf(root, 'systems')
  if (systems?.type !== 'map') return { text, replaced: [] }
  const others = [...systems.entries].filter(([, entry]) => isOtherCenter(entry, center))
  let fitted = text
  // From the end, so that the places before stay right.
  for (const [, { range }] of others.toReversed()) {
    const before = text.slice(range.start, range.end)
    const lines = before.trimEnd().split('\n').length - 1
    // JSON is YAML.
    const entry = JSON.stringify(center) + '\n'.repeat(lines) + before.slice(before.trimEnd().length)
    fitted = fitted.slice(0, range.start) + entry + fitted.slice(range.end)
  }
  return { text: fitted, replaced: others.map(([name]) => name) }
}

function isOtherCenter(system: YamlNode, center: CenterSpec): boolean {
  const kind = childOf(system, 'kind')
  if (kind?.type !== 'scalar') return false
  return kind.value !== center.kind && isCenterSpec({ kind: String(kind.value) })
}
