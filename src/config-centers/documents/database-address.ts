import type { DatabaseAddress } from '../../core/ports/document-editor.ts'
import { addressParts } from './address-parts.ts'
import { refuseAddress } from './address-piece.ts'
import type { AddressParts, Piece } from './address-piece.ts'
import { writeHost } from './dsn-parts.ts'

/** Another text for a range of an address. */
export interface Replacement {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Where an address is to point, and what it is to hold. What is undefined stays. */
export interface AddressWish {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly schema?: string | undefined
  /** Only for an address that holds them. */
  readonly user?: string | undefined
  readonly password?: string | undefined
}

/** @throws CutoverError `system.refused` for several servers, and for an address that holds credentials. */
export function parseAddress(url: string): DatabaseAddress {
  const parts = addressParts(url)
  requireNoCredentials(parts)
  return oneServer(parts)
}

/** The same address pointing elsewhere. What does not change keeps its bytes. */
export function withAddress(url: string, to: Partial<DatabaseAddress>): string {
  requireNoCredentials(addressParts(url))
  return replaced(url, replacementsFor(url, to))
}

/** The one server an address names, with the schema. @throws CutoverError `system.refused` when it names several. */
export function oneServer({ servers, schema }: AddressParts): DatabaseAddress {
  const [server, second] = servers
  if (!server || second) throw refuseAddress('names several servers')
  return { host: server.host.value, port: Number(server.port.value), schema: schema.value }
}

/** `host:port,host:port/schema`, IPv6 in brackets, without credentials and parameters. */
export function titleOfAddress({ servers, schema }: AddressParts): string {
  const names = servers.map(({ host, port }) => `${writeHost(host.value)}:${port.value}`)
  return `${names.join(',')}/${schema.value}`
}

/** Refuses an address that would go on logging in with what it holds itself. */
export function requireNoCredentials({ user, password }: AddressParts): void {
  if (!user && !password) return
  throw refuseAddress('holds credentials, which would still be the old ones', {
    hint: 'Name the path of the url in fields: for user and password too, and they are changed inside it.',
  })
}

/** What is to be written where. Proved by reading the result. @throws CutoverError `system.refused`. */
export function replacementsFor(url: string, to: AddressWish): readonly Replacement[] {
  const parts = addressParts(url)
  oneServer(parts)
  const wanted = wishOf(parts, to)
  const replacements = wanted.flatMap(([piece, value]) =>
    piece.value === value ? [] : [{ start: piece.start, end: piece.end, text: piece.write(value) }],
  )
  requireSays(
    replaced(url, replacements),
    wanted.map(([, value]) => value),
  )
  return replacements
}

/** A text with some of its ranges replaced. They must not overlap. */
export function replaced(text: string, replacements: readonly Replacement[]): string {
  let result = ''
  let position = 0
  for (const { start, end, text: next } of replacements.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(position, start) + next
    position = end
  }
  return result + text.slice(position)
}

function wishOf(parts: AddressParts, to: AddressWish): readonly (readonly [Piece, string])[] {
  const [server] = parts.servers
  if (!server) throw refuseAddress('names no server of the form host or host:port')
  const { user, password } = parts
  if ((to.user !== undefined && !user) || (to.password !== undefined && !password)) {
    throw refuseAddress('does not hold user and password')
  }
  const wanted: (readonly [Piece, string])[] = [
    [server.host, to.host ?? server.host.value],
    [server.port, String(to.port ?? server.port.value)],
    [parts.schema, to.schema ?? parts.schema.value],
  ]
  if (user) wanted.push([user, to.user ?? user.value])
  if (password) wanted.push([password, to.password ?? password.value])
  return wanted
}

function requireSays(url: string, wanted: readonly string[]): void {
  const now = wishOf(addressParts(url), {}).map(([piece]) => piece.value)
  oneServer(addressParts(url))
  if (now.length === wanted.length && now.every((value, index) => value === wanted[index])) return
  throw refuseAddress('cannot be pointed at that server or schema')
}
