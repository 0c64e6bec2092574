import { secretRefPattern } from '../core/secret.ts'
import { nearestWord } from './did-you-mean.ts'
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
  for (const match of text.matchAll(assignment)) {
    const start = match.index + match[0].length
    const isBlock = /^[|>]/.test(text.slice(start, start + 1))
    const value =
      broken || isBlock ? roughValue(text, match.index, start) : lineValue(text, match.index, start)
    if (meansSecret(match[1] ?? '') && !reference.test(value))
      hidden.push({ start, end: start + value.length })
  }
  for (const match of text.matchAll(addressPassword)) {
    hidden.push({ start: match.index + (match[1]?.length ?? 0), end: match.index + match[0].length })
  }
  return hidden.map((range) => withComment(range, text))
}

/** `name: value` and `name=value` wherever they stand, in comments and arguments too. */
const assignment = /([A-Za-z_-]{3,40})["']?[ \t]*[:=][ \t]*/g
const reference = /^["']?(env:|file:|cmd:|generated:|\$\{)/
const addressPassword = /(:\/\/[^\s:@/'"]*:)[^\s@/'"]+(?=@)/g

/** The rest of the line; inside { } or [ ] only as far as the value can go, so that its neighbours stay readable. */
function lineValue(text: string, key: number, start: number): string {
  const before = text.slice(text.lastIndexOf('\n', key) + 1, key)
  const extent = /[{[]/.test(before) ? /^(?:"[^"\n]*"|'[^'\n]*'|[^,}\]\n]+)/ : /^.+/
  return extent.exec(text.slice(start, start + longestValue))?.[0] ?? ''
}

/**
 * While the text is not YAML nobody knows where a value ends: the rest of the line, and everything below until a key
 * that is indented no deeper.
 */
function roughValue(text: string, key: number, start: number): string {
  const lineStart = text.lastIndexOf('\n', key) + 1
  const indent = /^[ \t]*/.exec(text.slice(lineStart, key))?.[0].length ?? 0
  const [first = '', ...below] = text.slice(start, start + longestValue).split('\n')
  const end = below.findIndex((line) => /^\s*(- )?[\w-]+:/.test(line) && line.search(/\S/) <= indent)
  return [first, ...below.slice(0, end < 0 ? below.length : end)].join('\n')
}

const longestValue = 4000

/** A password with " #" in it is cut there by YAML; its rest is a comment only by accident. */
function withComment({ start, end }: TextRange, text: string): TextRange {
  const [comment = ''] = /^[ \t]+#.*/.exec(text.slice(end, end + 500)) ?? []
  return { start, end: end + comment.length }
}

const secretWords = ['password', 'passphrase', 'secret', 'token', 'credential']
const secretName = /pass(word|wd|phrase)?$|pwd$|secret$|token$|credential$|api-?key$/i

function secretValuesIn(root: YamlNode): TextRange[] {
  const found: TextRange[] = []
  const visit = (node: YamlNode, name: string): void => {
    if (node.type === 'list') for (const item of node.items) visit(item, name)
    else if (node.type === 'map') for (const [key, entry] of node.entries) visit(entry, key)
    else if (meansSecret(name) && !mayBeShown(node.value)) found.push(node.range)
  }
  visit(root, '')
  return found
}

/** Also when it is misspelt: `pasword: …` is an unknown key with a password behind it. */
function meansSecret(name: string): boolean {
  return secretName.test(name) || nearestWord(name, secretWords) !== undefined
}

/** References and variables name a secret without being one. */
export function mayBeShown(value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return true
  return typeof value === 'string' && (secretRefPattern.test(value) || /^\$\{[A-Za-z_]\w*\}$/.test(value))
}
