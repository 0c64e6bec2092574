import { CutoverError } from '../../core/errors.ts'

/** One value that is written in one piece. */
export interface TomlScalar {
  readonly text: string
  readonly value: string
  readonly obstacle?: string
  /** @throws CutoverError `system.refused` when the value is not of the kind that stands there. */
  textFor(value: string): string
}

const scalar =
  /"""[^]*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\p{Cc}]|\t|\\(?:["\\bfnrt]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}))*"|'(?:[^'\p{Cc}]|\t)*'|\d{4}-\d\d-\d\d \d\d:[\d:.+Z-]+|[\w+:.-]+/uy

/** The scalar that begins at an offset; undefined when none does. */
export function tomlScalarAt(content: string, offset: number): TomlScalar | undefined {
  scalar.lastIndex = offset
  const text = scalar.exec(content)?.[0]
  if (text === undefined) return undefined
  if (/^("""|''')/.test(text)) {
    return { text, value: text.slice(3, -3), obstacle: 'is a text of several lines', textFor: basic }
  }
  if (text.startsWith('"')) return { text, value: unescape(text.slice(1, -1)), textFor: basic }
  if (text.startsWith("'")) {
    const textFor = (value: string): string => (value.includes("'") ? basic(value) : `'${value}'`)
    return { text, value: text.slice(1, -1), textFor }
  }
  return { text, value: text, textFor: (value) => sameKind(text, value) }
}

const kinds = [/^(true|false)$/, /^[+-]?(0|[1-9]\d*)$/, /^[+-]?(0|[1-9]\d*)\.\d+$/]

function sameKind(text: string, value: string): string {
  if (kinds.some((kind) => kind.test(text) && kind.test(value))) return value
  throw new CutoverError(
    'system.refused',
    'what stands there is no text, and the new value is of another kind',
  )
}

function basic(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

function unescape(text: string): string {
  return text.replace(/\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[^])/g, (_, escaped: string) => {
    if (escaped.length === 1) return escapes[escaped] ?? escaped
    const code = Number.parseInt(escaped.slice(1), 16)
    return code > 0x10_ff_ff ? '\uFFFD' : String.fromCodePoint(code)
  })
}
