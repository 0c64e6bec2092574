import { defaultPort, refuseAddress } from './address-piece.ts'
import type { AddressParts, Piece } from './address-piece.ts'

/** `user:password@tcp(host:port)/schema?parameters`, as Go programs write it; undefined: it is not of that form. */
export function dsnParts(address: string): AddressParts | undefined {
  // As their driver does: the last slash, then the last @ before it, as passwords may hold both.
  const slash = address.lastIndexOf('/')
  const at = address.lastIndexOf('@', slash)
  const match = /^([a-z0-9]+)\(([^()]*)\)$/.exec(address.slice(at + 1, Math.max(slash, 0)))
  if (!match || slash < 0) return undefined
  if (match[1] !== 'tcp') throw refuseAddress('does not name a server to reach by TCP')
  const parameters = address.indexOf('?', slash)
  const end = parameters < 0 ? address.length : parameters
  return {
    servers: [serverIn(match[2] ?? '', at + 1 + 'tcp('.length)],
    schema: plain(address, slash + 1, end),
    ...(at >= 0 && credentialsIn(address, at)),
  }
}

function serverIn(text: string, start: number): { host: Piece; port: Piece } {
  const match = /^(\[[0-9A-Fa-f:.%\w-]+\]|[^[\]:,]+)(?::(\d+))?$/.exec(text)
  if (!match) throw refuseAddress('names no server of the form host or host:port')
  const host = match[1] ?? ''
  const hostEnd = start + host.length
  return {
    host: { value: host.replace(/^\[(.*)\]$/, '$1'), start, end: hostEnd, write: writeHost },
    port: portBehind(hostEnd, match[2]),
  }
}

function credentialsIn(address: string, at: number): { user: Piece; password?: Piece } {
  const colon = address.slice(0, at).indexOf(':')
  const user = plain(address, 0, colon < 0 ? at : colon)
  return colon < 0 ? { user } : { user, password: plain(address, colon + 1, at) }
}

function plain(address: string, start: number, end: number): Piece {
  return { value: address.slice(start, end), start, end, write: (value) => value }
}

/** The port that may follow a host. */
export function portBehind(hostEnd: number, port: string | undefined): Piece {
  if (port === undefined) {
    return { value: defaultPort, start: hostEnd, end: hostEnd, write: (value) => `:${value}` }
  }
  return { value: port, start: hostEnd + 1, end: hostEnd + 1 + port.length, write: (value) => value }
}

/** An IPv6 address stands in brackets. */
export function writeHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
