/** A text field of a request's body; a number counts as its text. Undefined: missing or something else. */
export function readText(body: unknown, name: string): string | undefined {
  const value = read(body, name)
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** An integer field of a request's body. */
export function readNumber(body: unknown, name: string): number | undefined {
  const value = Number(read(body, name) ?? Number.NaN)
  return Number.isInteger(value) ? value : undefined
}

/** Error 1062: the key is there already. */
export function isDuplicate(error: unknown): boolean {
  return read(error, 'errno') === 1062
}

function read(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined
}
