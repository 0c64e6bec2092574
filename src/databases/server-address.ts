import { CutoverError } from '../core/errors.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'

/** How messages name a server: `source (10.0.0.1:3306)`. */
export interface ServerAddress {
  readonly name: string
  readonly host: string
  readonly port: number
  /** The kit's own account on it. */
  readonly user: string
}

export function addressOf(name: string, spec: DatabaseSpec): ServerAddress {
  return { name, host: spec.host, port: spec.port, user: spec.user }
}

export function formatAddress(address: ServerAddress): string {
  return `${address.name} (${address.host}:${address.port})`
}

/** `host:port` under which services reach the server. */
export function serviceAddressOf(spec: DatabaseSpec): { readonly host: string; readonly port: number } {
  if (spec.serviceAddress === undefined) return { host: spec.host, port: spec.port }
  const [host = '', port = ''] = spec.serviceAddress.split(':')
  return { host, port: Number(port) }
}

/** A later session reached another server than the first one. */
export function anotherServer(address: ServerAddress): CutoverError {
  return new CutoverError('system.refused', `${formatAddress(address)}: another server answers than before`, {
    where: `${address.host}:${address.port}`,
    hint: 'A failover or an address change happened: find out which server is the right one before you go on.',
  })
}
