import type { Node } from './random-document.ts'
import { TextWriter } from './text-writer.ts'
import type { Style, WrittenText } from './text-writer.ts'

/** Several documents, nested, dotted and in flow style, every quote style, comments, anchors and blocks. */
export function yamlText(nodes: readonly Node[], style: Style): WrittenText {
  const out = new TextWriter(style)
  nodes.forEach((node, index) => {
    out.document = index
    if (index > 0 || style.dice(4) === 0) out.put(out.pick('---\n', '--- # next\n', '---   \n'))
    if (index > 0) {
      out.put('spring.config.activate.on-profile: ')
      out.value('spring.config.activate.on-profile', `p${index}`, `p${index}`)
      out.put('\n')
    }
    if (style.dice(5) === 0) extras(out)
    block(out, node as { [key: string]: Node }, '', '')
  })
  if (style.dice(3) > 0) return out.written()
  const { content, leaves } = out.written()
  return { content: content.trimEnd(), leaves: leaves.filter(({ end }) => end <= content.trimEnd().length) }
}

function extras(out: TextWriter): void {
  out.put('zz-anchors:\n  - &base ')
  out.value('zz-anchors[0]', 'x', 'x', false)
  out.put('\n  - ')
  out.value('zz-anchors[1]', 'x', '*base', false)
  out.put('\n# 注释: password is elsewhere\n\nzz-block: ')
  out.value('zz-block', 'one\ntwo\n', '|\n  one\n  two\n', false)
}

function block(out: TextWriter, map: { readonly [key: string]: Node }, path: string, indent: string): void {
  for (const [name, node] of Object.entries(map)) {
    out.put(indent)
    entry(out, name, node, path, indent)
  }
}

function entry(out: TextWriter, name: string, node: Node, path: string, indent: string): void {
  const own = path === '' ? name : `${path}.${name}`
  const only = typeof node === 'object' && !Array.isArray(node) ? Object.entries(node) : []
  if (only.length === 1 && out.style.dice(2) === 0) {
    const [inner, value] = only[0] ?? ['', '']
    return entry(out, `${name}.${inner}`, value, path, indent)
  }
  out.put(out.pick(name, name, `'${name}'`, `"${name}"`), out.pick(':', ':', ' :'))
  if (typeof node === 'string') {
    out.put(out.pick(' ', ' ', '   '))
    scalar(out, own, node, false)
    return out.put(comment(out), '\n')
  }
  if (out.style.dice(3) === 0) {
    out.put(' ')
    flow(out, node, own)
    return out.put(comment(out), '\n')
  }
  out.put(comment(out), '\n')
  const deeper = indent + out.pick('  ', '    ')
  if (!isList(node)) return block(out, node, own, deeper)
  node.forEach((item, index) => {
    out.put(out.pick(deeper, deeper), '- ')
    if (typeof item === 'string') scalar(out, `${own}[${index}]`, item, false)
    else flow(out, item, `${own}[${index}]`)
    out.put(comment(out), '\n')
  })
}

function flow(out: TextWriter, node: Node, path: string): void {
  if (typeof node === 'string') return scalar(out, path, node, true)
  out.put(isList(node) ? '[' : '{', out.pick('', ' '))
  const entries = Object.entries(node)
  entries.forEach(([name, value], index) => {
    if (!isList(node)) out.put(name, ': ')
    flow(out, value, isList(node) ? `${path}[${index}]` : `${path}.${name}`)
    out.put(index < entries.length - 1 ? out.pick(',', ', ', ' ,  ').replace(/,$/, ', ') : out.pick('', ' '))
  })
  out.put(isList(node) ? ']' : '}')
}

function scalar(out: TextWriter, path: string, value: string, inFlow: boolean): void {
  const plain =
    /^[a-z][a-z0-9/_-]*[a-z0-9]$/i.test(value) && !/^(yes|no|on|off|true|false|null|e\d+)$/i.test(value)
  const single = `'${value.replaceAll("'", "''")}'`
  const double = JSON.stringify(value)
  const text = out.pick(plain ? value : single, single, double)
  if (inFlow || value !== '' || out.style.dice(2) === 0) return out.value(path, value, text)
  out.value(path, value, text)
}

function comment(out: TextWriter): string {
  return out.pick('', '', '', ' # c', '  # 密码: "x" \'y', '   ')
}

function isList(node: Node): node is readonly Node[] {
  return Array.isArray(node)
}
