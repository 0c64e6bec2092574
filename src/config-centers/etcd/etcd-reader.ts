import type { Clock } from '../../core/ports/clock.ts'
import type { DocumentRef } from '../../core/ports/config-center.ts'
import type { Secret } from '../../core/secret.ts'
import { readerCredentials } from '../shared/credentials.ts'
import type { DocumentReader } from '../shared/document-reader.ts'
import { EtcdConnection } from './etcd-connection.ts'
import { followKey } from './follow-key.ts'

/** How a service reaches an etcd. */
export interface EtcdAccess {
  readonly kind: 'etcd'
  /** Client addresses such as `http://10.0.0.1:2379`. */
  readonly servers: readonly string[]
  /** What keys begin with; group, a slash and the data id follow. Default `/config/`. */
  readonly prefix?: string
  /** User whose role may read what begins with the prefix. */
  readonly username?: string
  readonly password?: string | Secret
  /** File with the authorities (PEM) to trust for https. Default: the system's. */
  readonly ca?: string
}

/** Opens a reader of one document of an etcd. Contacts nothing yet. */
export function openEtcdReader(access: EtcdAccess, ref: DocumentRef, clock: Clock): DocumentReader {
  const connection = new EtcdConnection({
    name: 'the config center',
    servers: access.servers,
    prefix: access.prefix ?? '/config/',
    credentials: readerCredentials(access),
    caFile: access.ca,
    clock,
  })
  return {
    ...followKey(connection, ref),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
