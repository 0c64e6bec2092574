import { secretRefPattern } from '../core/secret.ts'
import type { TextRange } from './source-text.ts'
import type { YamlNode } from './yaml-tree.ts'

/**
 * Stretches of the file that a code frame must not show. A playbook should hold no secret at all; this is for the one
 * that does by mistake, whose complaint is going to be pasted into a chat.
 */
export function findHiddenText(
  text: string,
  root: YamlNode | undefined,
  broken: boolean,
): readonly TextRange[] {
  const hidden = root ? secretValuesIn(root) : []
  // While the text is not YAML nobody knows where a value ends: hide the rest of the line.
  const values = broken ? valueToEndOfLine : valueAlone
  for (const pattern of [values, addressPassword]) {
    for (const match of text.matchAll(pattern)) {
      const start = match.index + (match[1]?.length ?? 0)
      hidden.push({ start, end: match.index + match[0].length })
    }
  }
  return hidden
}

const secretName = /pass(word|wd|phrase)?$|pwd$|secret$|token$|credential$|api-?key$/i
const key = String.raw`(?:password|passwd|passphrase|pwd|secret|token|credential|api-?key)["']?\s*[:=]\s*`
const notReference = String.raw`(?!["']?(?:env:|file:|cmd:|generated:|\$\{))(?=\S)`
const valueToEndOfLine = new RegExp(String.raw`(${key})${notReference}.+`, 'gi')
const valueAlone = new RegExp(String.raw`(${key})${notReference}(?:"[^"\n]*"|'[^'\n]*'|[^\s,}\]"']+)`, 'gi')
const addressPassword = /(:\/\/[^\s:@/'"]*:)[^\s@/'"]+(?=@)/g

function secretValuesIn(root: YamlNode): TextRange[] {
  const found: TextRange[] = []
  const visit = (node: YamlNode, name: string): void => {
    if (node.type === 'list') for (const item of node.items) visit(item, name)
    else if (node.type === 'map') for (const [key, entry] of node.entries) visit(entry, key)
    else if (secretName.test(name) && !mayBeShown(node.value)) found.push(node.range)
  }
  visit(root, '')
  return found
}

/** References and variables name a secret without being one. */
export function mayBeShown(value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return true
  return typeof value === 'string' && (secretRefPattern.test(value) || /^\$\{[A-Za-z_]\w*\}$/.test(value))
}
