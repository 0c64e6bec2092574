import { refuseAddress } from './address-piece.ts'
import type { AddressParts } from './address-piece.ts'
import { dsnParts } from './dsn-parts.ts'
import { urlParts } from './url-parts.ts'

/** Takes an address apart. @throws CutoverError `system.refused`; the address itself is never repeated. */
export function addressParts(address: string): AddressParts {
  if (/[\s\p{Cc}]/u.test(address)) throw refuseAddress('holds blanks or control characters')
  const parts = dsnParts(address) ?? urlParts(address)
  for (const { port } of parts.servers) {
    if (!/^\d{1,5}$/.test(port.value) || Number(port.value) < 1 || Number(port.value) > 65_535) {
      throw refuseAddress('names no server of the form host or host:port')
    }
  }
  return parts
}
