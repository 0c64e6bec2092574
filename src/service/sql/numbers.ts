const plus = 43
const minus = 45
const letterE = 101

/** True for the code of a digit. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** Where the digits end that begin at `from`. */
export function endOfDigits(text: string, from: number): number {
  let position = from
  while (isDigit(text.charCodeAt(position))) position += 1
  return position
}

/** Where a number ends of which `from` is just after the point. */
export function endOfFraction(text: string, from: number): number {
  return endOfExponent(text, endOfDigits(text, from))
}

/** Where the exponent ends that begins at `from`; `from` when there is none. */
export function endOfExponent(text: string, from: number): number {
  if ((text.charCodeAt(from) | 32) !== letterE) return from
  const sign = text.charCodeAt(from + 1)
  const digits = sign === plus || sign === minus ? from + 2 : from + 1
  return isDigit(text.charCodeAt(digits)) ? endOfDigits(text, digits) : from
}
