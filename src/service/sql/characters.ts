/** What an ASCII character is to the servers' lexers. `strange`: none of them accepts it outside quotes. */
export type CharacterClass = 'blank' | 'letter' | 'digit' | 'quote' | 'strange' | 'symbol'

/** By character code, 0 to 127. */
export const characterClasses: readonly CharacterClass[] = Array.from({ length: 128 }, (_, code) =>
  classify(String.fromCharCode(code)),
)

const identifiers: readonly boolean[] = characterClasses.map(
  (character) => character === 'letter' || character === 'digit',
)

/** May the ASCII character stand in a name without quotes? */
export function isIdentifier(code: number): boolean {
  return identifiers[code] === true
}

/**
 * Beyond ASCII, characters are letters in UTF-8; but in older character sets some of these are blanks, which would end
 * the word before them.
 */
export function isOddBlank(code: number): boolean {
  return code <= 0xa0 || (code >= 0x1680 && /[\s\u180e\u200b-\u200f]/.test(String.fromCharCode(code)))
}

function classify(character: string): CharacterClass {
  if (/[\t-\r ]/.test(character)) return 'blank'
  if (/[A-Za-z_$]/.test(character)) return 'letter'
  if (/\d/.test(character)) return 'digit'
  if (/['"`]/.test(character)) return 'quote'
  return character < ' ' || character === '\u007f' ? 'strange' : 'symbol'
}
