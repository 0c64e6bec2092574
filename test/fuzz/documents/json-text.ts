import type { Node } from './random-document.ts'
import { TextWriter } from './text-writer.ts'
import type { Style, WrittenText } from './text-writer.ts'

/** One document with comments, commas behind last items, escapes and blanks. */
export function jsonText([node = {}]: readonly Node[], style: Style): WrittenText {
  const out = new TextWriter(style)
  out.put(blank(out))
  write(out, node, '')
  out.put(blank(out))
  return out.written()
}

function write(out: TextWriter, node: Node, path: string): void {
  if (typeof node === 'string') return out.value(path, node, text(out, node))
  const list = Array.isArray(node)
  out.put(list ? '[' : '{', blank(out))
  const entries = Object.entries(node)
  entries.forEach(([name, value], index) => {
    if (!list) out.put(text(out, name), blank(out), ':', blank(out))
    write(out, value, list ? `${path}[${index}]` : path === '' ? name : `${path}.${name}`)
    out.put(blank(out), index < entries.length - 1 ? ',' : out.pick('', '', '', ','), blank(out))
  })
  out.put(list ? ']' : '}')
}

function text(out: TextWriter, value: string): string {
  return JSON.stringify(value).replace(/[a-z/é密]/g, (unit) => {
    // An escape's own letter must stay.
    if (out.style.dice(15) > 0 || value.includes('\\') || value.includes('"')) return unit
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function blank(out: TextWriter): string {
  return out.pick('', '', ' ', '\n', '\n\t', ' // "a": 1\n', '/* x\n */', '  ')
}
