import { CutoverError } from '../../core/errors.ts'
import type { DatabaseAddress } from '../../core/ports/document-editor.ts'

interface Parts {
  readonly scheme: string
  /** As written: an IPv6 address keeps its brackets. */
  readonly host: string
  /** '' when it is not written. */
  readonly port: string
  /** As written, percent-encoded. */
  readonly schema: string
  /** From the question mark on. */
  readonly parameters: string
}

const defaultPort = 3306

/** Parses `jdbc:mysql://…`, `jdbc:mariadb://…` and `mysql://…`. @throws CutoverError `system.refused`. */
export function parseAddress(url: string): DatabaseAddress {
  const { host, port, schema } = split(url)
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? defaultPort : Number(port),
    schema: decodeSchema(schema),
  }
}

/** The same address pointing elsewhere. What does not change keeps its bytes. */
export function withAddress(url: string, to: Partial<DatabaseAddress>): string {
  const parts = split(url)
  const now = parseAddress(url)
  const host = to.host === undefined || to.host === now.host ? parts.host : writeHost(to.host)
  const portChanges = to.port !== undefined && to.port !== now.port
  const port = portChanges ? String(to.port) : parts.port
  const schemaChanges = to.schema !== undefined && to.schema !== now.schema
  const schema = schemaChanges ? `/${encodeURIComponent(to.schema ?? '')}` : parts.schema
  const result = `${parts.scheme}${host}${port === '' ? '' : `:${port}`}${schema}${parts.parameters}`
  requireSays(result, { ...now, ...dropUndefined(to) })
  return result
}

function split(url: string): Parts {
  const scheme = /^(jdbc:mysql:\/\/|jdbc:mariadb:\/\/|mysql:\/\/)/.exec(url)?.[0]
  if (scheme === undefined) throw refuse(reasonForScheme(url))
  const [, authority = '', schema = '', parameters = ''] =
    /^([^/?#]*)(\/[^?#]*)?([?#].*)?$/s.exec(url.slice(scheme.length)) ?? []
  if (/[,()]/.test(authority)) throw refuse('names several servers')
  if (authority.includes('@')) throw refuse('holds credentials, which would still be the old ones')
  if (/[?&](user|username|password)=/i.test(parameters)) {
    throw refuse('holds credentials in its parameters, which would still be the old ones')
  }
  const match = /^(\[[0-9A-Fa-f:.]+(?:%[\w.%-]+)?\]|[^[\]:\s]+)(?::(\d{1,5}))?$/.exec(authority)
  if (!match || Number(match[2] ?? 1) < 1 || Number(match[2] ?? 1) > 65_535) {
    throw refuse('names no server of the form host or host:port')
  }
  if (schema.slice(1).includes('/')) throw refuse('has more than a schema behind the server')
  return { scheme, host: match[1] ?? '', port: match[2] ?? '', schema, parameters }
}

function reasonForScheme(url: string): string {
  if (
    /^jdbc:(mysql|mariadb):[a-z+]+:/i.test(url) ||
    /^jdbc:mysql\+srv/i.test(url) ||
    /^mysqlx?\+srv/i.test(url)
  ) {
    return 'asks for load balancing, failover or look-up by DNS'
  }
  return 'does not begin with jdbc:mysql://, jdbc:mariadb:// or mysql://'
}

function decodeSchema(schema: string): string {
  try {
    return decodeURIComponent(schema.slice(1))
  } catch {
    throw refuse('has a schema name with a broken % escape')
  }
}

function writeHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function requireSays(url: string, wanted: DatabaseAddress): void {
  const now = parseAddress(url)
  if (now.host === wanted.host && now.port === wanted.port && now.schema === wanted.schema) return
  throw refuse('cannot be pointed at that server or schema')
}

function dropUndefined(to: Partial<DatabaseAddress>): Partial<DatabaseAddress> {
  return Object.fromEntries(Object.entries(to).filter(([, value]) => value !== undefined))
}

// The address itself is not repeated: parameters may hold a password.
function refuse(reason: string): CutoverError {
  return new CutoverError('system.refused', `the database address in the document ${reason}`, {
    hint: 'Give the service an address of one server, such as jdbc:mysql://host:3306/schema?parameters.',
  })
}
