/** The same service for `require`: what compilers make of import lines. */
export function toCommonJs(text: string): string {
  const code = text.replace(/^import (\w+|\{[^}]+\}) from ('[^']+')$/gm, 'const $1 = require($2)')
  if (/^(?:import|export)\b/m.test(code)) throw new Error(`not all imports were replaced:\n${code}`)
  return `'use strict'\n${code}`
}
