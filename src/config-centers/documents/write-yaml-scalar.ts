export interface YamlStyle {
  /** `PLAIN`, `QUOTE_SINGLE`, `QUOTE_DOUBLE`; undefined: nothing stood there. */
  readonly type: string | undefined
  /** The text that stands there now. */
  readonly text: string
  /** Inside {…} or […], where fewer plain characters are safe. */
  readonly inFlow: boolean
}

// What starts with a letter is no number, date or sign in any version of YAML; of the rest only known words are more.
const plainInBlock = /^[A-Za-z][A-Za-z0-9_./@%&=?+;~()$!*^<>|'",:-]*$/
const plainInFlow = /^[A-Za-z][A-Za-z0-9_./@%&=+;~-]*$/
const plainNumber = /^(0|[1-9][0-9]{0,8})$/
// Some parsers take it for a number with nothing before the exponent.
const exponent = /^[eE][0-9]+$/
const words: ReadonlySet<string> = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null'])

/**
 * Writes a scalar that every reader of YAML 1.1 and 1.2 takes for this very text: in the style that stands there
 * when that is safe, else in double quotes.
 */
export function writeYamlScalar(value: string, style: YamlStyle): string {
  if (style.type === 'PLAIN' && isPlain(value, style)) return value
  if (style.type === 'QUOTE_SINGLE' && isWithinBmp(value)) return `'${value.replaceAll("'", "''")}'`
  return doubleQuoted(value)
}

function isPlain(value: string, { text, inFlow }: YamlStyle): boolean {
  // A number stays one, so that a port stays a port.
  if (plainNumber.test(text) && plainNumber.test(value)) return true
  if (words.has(value.toLowerCase()) || value.endsWith(':') || exponent.test(value)) return false
  return (inFlow ? plainInFlow : plainInBlock).test(value)
}

// Older SnakeYAML refuses characters beyond the basic plane unless they are escaped.
function isWithinBmp(value: string): boolean {
  return !/[\u{10000}-\u{10FFFF}]/u.test(value)
}

function doubleQuoted(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replace(/[\u{10000}-\u{10FFFF}]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0
      return `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`
    })
  return `"${escaped}"`
}
