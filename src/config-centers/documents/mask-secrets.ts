import { isSecretKey } from './is-secret-key.ts'
import type { Leaf } from './scanned-document.ts'

/** UTF-16 offsets into the document, end exclusive. */
export type Range = readonly [start: number, end: number]

/** What stands for everything that must not be seen. */
export const mask = '‹masked›'

/**
 * The ranges of a document that must not be shown: values of secret-looking keys, what addresses hold before an @ and
 * in such parameters, and comments that speak of secrets. A document that cannot be read keeps its keys only.
 */
export function secretRanges(content: string, leaves: readonly Leaf[] | undefined): readonly Range[] {
  if (leaves === undefined) return linesOf(content).flatMap(([start, text]) => behindKey(start, text))
  const named = namedSecrets(leaves)
  const ranges: Range[] = []
  let position = 0
  for (const { path, start, end } of leaves) {
    ranges.push(...insideGap(content, position, start))
    const text = content.slice(start, end)
    const secret = isSecretKey(path) || named.some((parent) => path.startsWith(parent))
    if (!secret) ranges.push(...insideText(start, text))
    else if (text !== '') ranges.push([start, end])
    position = Math.max(position, end)
  }
  return [...ranges, ...insideGap(content, position, content.length)]
}

// Characters looked through for secrets that stand a second time; bounds the time huge documents take.
const mostWork = 100_000_000

/** Every place where a text that is masked somewhere stands again. */
export function repeatedRanges(content: string, secrets: ReadonlySet<string>): readonly Range[] {
  const ranges: Range[] = []
  for (const secret of [...secrets].slice(0, mostWork / (content.length + 1))) {
    let at = content.indexOf(secret)
    while (at >= 0) {
      ranges.push([at, at + secret.length])
      at = content.indexOf(secret, at + secret.length)
    }
  }
  return ranges
}

/** The text with its ranges masked; line ends stay, so that lines keep their numbers. */
export function maskRanges(content: string, ranges: readonly Range[]): string {
  const pieces: string[] = []
  let position = 0
  for (const [start, end] of joined(ranges)) {
    const hidden = content.slice(start, end).replace(/[^\r\n]*\S[^\r\n]*/g, mask)
    pieces.push(content.slice(position, start), hidden)
    position = end
  }
  return pieces.join('') + content.slice(position)
}

/** Ranges that touch or overlap become one. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const result: [number, number][] = []
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else result.push([start, end])
  }
  return result
}

// `- name: DB_PASSWORD` with its `value:` beside it.
function namedSecrets(leaves: readonly Leaf[]): readonly string[] {
  return leaves
    .filter(({ path, value }) => /(^|[.\]])(name|key|id)$/i.test(path) && isSecretKey(value))
    .map(({ path }) => path.slice(0, path.lastIndexOf('.') + 1))
}

const keyAndSign = /([\p{L}\p{N}_.-]+)["'\\]*\s*[:=]/gu

/** Inside a value: what stands before the last @ of an address, and parameters up to the next &. */
function insideText(start: number, text: string): readonly Range[] {
  if (/-----BEGIN |eyJ[\w-]{10}/.test(text)) return [[start, start + text.length]]
  const ranges: Range[] = []
  const at = text.lastIndexOf('@')
  const scheme = text.indexOf('//')
  if (at > 0 && (text.lastIndexOf(':', at) >= 0 || (scheme >= 0 && scheme < at))) {
    const from = scheme >= 0 && scheme < at ? scheme + 2 : /^["']?/.exec(text)?.[0].length
    ranges.push([start + (from ?? 0), start + at])
  }
  for (const match of text.matchAll(keyAndSign)) {
    if (!isSecretKey(match[1] ?? '')) continue
    const from = match.index + match[0].length
    const next = text.indexOf('&', from)
    ranges.push([start + from, start + (next < 0 ? text.length : next)])
  }
  return ranges
}

/** Between values stand keys, signs and comments. */
function insideGap(content: string, start: number, end: number): readonly Range[] {
  if (start >= end) return []
  return linesOf(content.slice(start, end)).flatMap(([offset, text]): readonly Range[] => {
    const secret = [...text.matchAll(/[\p{L}\p{N}_.-]+/gu)].find(([word]) => isSecretKey(word))
    if (!secret) return insideText(start + offset, text)
    const from = secret.index + secret[0].length
    const hides = /[\p{L}\p{N}]/u.test(text.slice(from))
    const before = insideText(start + offset, text.slice(0, from))
    const rest: Range = [start + offset + from, start + offset + text.length]
    return hides ? before.concat([rest]) : before
  })
}

function behindKey(start: number, text: string): readonly Range[] {
  const key = /^\s*[-"']*[\p{L}\p{N}_.-]{1,40}["']?\s*[:=]/u.exec(text)?.[0].length ?? 0
  return [[start + key, start + text.length]]
}

function linesOf(text: string): readonly (readonly [start: number, text: string])[] {
  return [...text.matchAll(/[^\r\n]+/g)].map((match) => [match.index, match[0]])
}
