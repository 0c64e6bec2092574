import { defaultPort, refuseAddress } from './address-piece.ts'
import type { AddressParts, Piece } from './address-piece.ts'
import { portBehind, writeHost } from './dsn-parts.ts'
import { credentialParameters } from './parameter-pieces.ts'

// Drivers that wrap another one put their name before it: jdbc:p6spy:mysql://.
const jdbc = /^(?:jdbc|r2dbcs?):(?:[a-z][a-z0-9-]*:)*?(mysql|mariadb)(:[a-z-]+|\+srv(?::[a-z]+)?)?:\/\//i
const plainUrl = /^(mysql2?|mariadb)(\+[a-z0-9_]+)?:\/\//i
/** Ways to use several servers; with one server they are as good as none. */
const ofGivenServers = new Set([
  undefined,
  ':loadbalance',
  ':replication',
  ':sequential',
  ':failover',
  ':aws',
])

/** `jdbc:mysql://…`, `mysql://user:password@host/schema` and their like. @throws CutoverError `system.refused`. */
export function urlParts(url: string): AddressParts {
  const scheme = schemeOf(url)
  const [, authority = '', schema = '', parameters = ''] =
    /^([^/?#]*)(\/[^?#]*)?([?#].*)?$/s.exec(url.slice(scheme.text.length)) ?? []
  const start = scheme.text.length
  const at = authority.lastIndexOf('@')
  const schemaStart = start + authority.length
  if (/[/@]/.test(schema.slice(1))) throw refuseAddress('has more than a schema behind the server')
  const behind = credentialParameters(parameters, schemaStart + schema.length, scheme.decodesParameters)
  if (at >= 0 && (behind.user ?? behind.password)) {
    throw refuseAddress('holds credentials in two places')
  }
  return {
    servers: serversIn(authority.slice(at + 1), start + at + 1),
    schema: schemaPiece(schema, schemaStart),
    ...(at >= 0 ? userInfo(authority.slice(0, at), start) : behind),
  }
}

function schemeOf(url: string): { readonly text: string; readonly decodesParameters: boolean } {
  const ofJdbc = jdbc.exec(url)
  const found = ofJdbc ?? plainUrl.exec(url)
  if (!found) throw refuseAddress('does not begin with jdbc:mysql://, jdbc:mariadb:// or mysql://')
  const [text, driver, mode] = found
  const allowed = ofJdbc ? ofGivenServers.has(mode?.toLowerCase()) : mode?.toLowerCase() !== '+srv'
  if (!allowed) throw refuseAddress('asks for look-up of the servers by DNS or by the servers themselves')
  // MariaDB's driver takes parameters as they are written, the others take them percent-encoded.
  return { text, decodesParameters: !(ofJdbc && driver?.toLowerCase() === 'mariadb') }
}

function serversIn(text: string, start: number): AddressParts['servers'] {
  if (/[()=]/.test(text)) return [keywordServer(text, start)]
  let position = start
  return text.split(',').map((one) => {
    const match = /^(\[[0-9A-Fa-f:.]+(?:%[\w.%-]+)?\]|[^[\]:]+)(?::(\d+))?$/.exec(one)
    if (!match) throw refuseAddress('names no server of the form host or host:port')
    const host = match[1] ?? ''
    const value = host.replace(/^\[(.*)\]$/, '$1')
    const server = {
      host: { value, start: position, end: position + host.length, write: writeHost },
      port: portBehind(position + host.length, match[2]),
    }
    position += one.length + 1
    return server
  })
}

/** `address=(host=a)(port=1)` and `(host=a,port=1)`. */
function keywordServer(text: string, start: number): { host: Piece; port: Piece } {
  const words = [...text.matchAll(/([a-z]\w*)=([^()=,]*)/gi)]
  const named = (name: string): RegExpExecArray[] => words.filter((word) => word[1]?.toLowerCase() === name)
  const [hosts, ports] = [named('host'), named('port')]
  if (hosts.length > 1 || ports.length > 1) throw refuseAddress('names several servers')
  const whole = /^(?:address=)?(?:\([a-z]\w*=[^()=,]*(?:,[a-z]\w*=[^()=,]*)*\))+$/i.test(text)
  if (words.some(([, name = '']) => /^(user|username|password)$/i.test(name))) {
    throw refuseAddress('holds credentials beside the server, which would still be the old ones')
  }
  const host = hosts[0] && wordPiece(hosts[0], start, writeHost)
  if (!whole || !host) throw refuseAddress('names no server of the form host or host:port')
  const bracket = { ...host, value: host.value.replace(/^\[(.*)\]$/, '$1') }
  const port = ports[0] && wordPiece(ports[0], start, (value) => value)
  const sign = text.startsWith('address=') ? ')(port=' : ',port='
  const write = (value: string): string => `${sign}${value}`
  return { host: bracket, port: port ?? { value: defaultPort, start: host.end, end: host.end, write } }
}

function wordPiece(word: RegExpExecArray, start: number, write: (value: string) => string): Piece {
  const [text, name = '', value = ''] = word
  const from = start + word.index + name.length + 1
  return { value, start: from, end: start + word.index + text.length, write }
}

function userInfo(text: string, start: number): { user: Piece; password?: Piece } {
  const colon = text.indexOf(':')
  const user = encoded(text.slice(0, colon < 0 ? text.length : colon), start)
  return colon < 0 ? { user } : { user, password: encoded(text.slice(colon + 1), start + colon + 1) }
}

function schemaPiece(schema: string, start: number): Piece {
  if (schema !== '') return encoded(schema.slice(1), start + 1)
  return { value: '', start, end: start, write: (value) => `/${encodeURIComponent(value)}` }
}

function encoded(text: string, start: number): Piece {
  return { value: decode(text), start, end: start + text.length, write: encodeURIComponent }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refuseAddress('has a broken % escape')
  }
}
