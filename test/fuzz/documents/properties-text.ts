import type { Node } from './random-document.ts'
import { TextWriter } from './text-writer.ts'
import type { Style, WrittenText } from './text-writer.ts'

/** Every separator, escapes, continued lines, comments, equal keys of which the last counts, several documents. */
export function propertiesText(nodes: readonly Node[], style: Style): WrittenText {
  const out = new TextWriter(style)
  nodes.forEach((node, index) => {
    out.document = index
    if (index > 0) out.put(out.pick('#---\n', '!---\n'))
    const leaves = [...flatten(node, '')]
    if (index > 0) leaves.unshift(['spring.config.activate.on-profile', `p${index}`])
    for (const [path, value] of leaves) {
      if (style.dice(4) === 0) out.put(out.pick('# c = d\n', '  ! 密码\\\n', '\n', ' \t\n'))
      if (style.dice(6) === 0) out.put(path, '=overridden\n')
      out.put(out.pick('', '', '  ', '\t'), key(out, path), out.pick('=', '=', ' = ', ':', ' : ', ' ', '\t'))
      out.value(path, value, text(out, value))
      out.put('\n')
    }
  })
  const { content, leaves } = out.written()
  return style.dice(3) > 0 ? { content, leaves } : { content: content.slice(0, -style.end.length), leaves }
}

function* flatten(node: Node, path: string): Generator<[string, string]> {
  if (typeof node === 'string') yield [path, node]
  else if (Array.isArray(node)) {
    for (const [index, item] of (node as readonly Node[]).entries()) yield* flatten(item, `${path}[${index}]`)
  } else {
    for (const [name, item] of Object.entries(node))
      yield* flatten(item, path === '' ? name : `${path}.${name}`)
  }
}

function key(out: TextWriter, path: string): string {
  return out.style.dice(5) === 0 ? escaped(path[0] ?? '') + path.slice(1) : path
}

function text(out: TextWriter, value: string): string {
  const units = Array.from(value, (unit, index) => {
    if (unit === '\\') return '\\\\'
    if (index === 0 && /[ :=]/.test(unit)) return `\\${unit}`
    const way = out.style.dice(12)
    if (way === 0) return escaped(unit)
    if (way === 1 && /[:=#!]/.test(unit)) return `\\${unit}`
    return way === 2 && !/\s/.test(unit) ? `\\\n  ${unit}` : unit
  })
  return units.join('')
}

function escaped(unit: string): string {
  return unit.replace(/[^]/g, (half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
