import { refuseAddress } from './address-piece.ts'
import type { Piece } from './address-piece.ts'

/** User and password among the parameters of an address. @throws CutoverError `system.refused`. */
export function credentialParameters(
  text: string,
  start: number,
  decodes: boolean,
): { user?: Piece; password?: Piece } {
  const found: { user?: Piece; password?: Piece } = {}
  for (const match of text.matchAll(/[?&;](user|username|password)=([^&;#]*)/gi)) {
    const [all, name = '', value = ''] = match
    const key = name.toLowerCase() === 'password' ? 'password' : 'user'
    if (found[key]) throw refuseAddress('holds a user or password in two parameters')
    const end = start + match.index + all.length
    found[key] = {
      value: decodes ? decode(value) : value,
      start: end - value.length,
      end,
      write: (next) => (decodes ? encodeURIComponent(next) : requirePlain(next)),
    }
  }
  return found
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw refuseAddress('has a broken % escape')
  }
}

function requirePlain(value: string): string {
  if (!/[&;#%+\s]/.test(value)) return value
  throw refuseAddress('cannot hold that user or password in its parameters')
}
