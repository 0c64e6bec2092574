import type { Clock } from '../../core/ports/clock.ts'
import type { DocumentRef } from '../../core/ports/config-center.ts'
import type { Secret } from '../../core/secret.ts'
import { readerCredentials } from '../shared/credentials.ts'
import type { DocumentReader } from '../shared/document-reader.ts'
import { openChangeSignal } from './change-signal.ts'
import { clientReadOf } from './client-read.ts'
import { detectVersion } from './detect-version.ts'
import { NacosConnection } from './nacos-connection.ts'

/** How a service reaches a Nacos. */
export interface NacosAccess {
  /** Default `nacos`. */
  readonly kind?: 'nacos'
  /** Base addresses such as `http://10.0.0.1:8848`. */
  readonly servers: readonly string[]
  /** Default `/nacos`. */
  readonly contextPath?: string
  /** Namespace id; '' and left out: the public one. */
  readonly namespace?: string
  readonly username?: string
  readonly password?: string | Secret
  /** File with the authorities (PEM) to trust for https. Default: the system's. */
  readonly ca?: string
}

/** Opens a reader of one document of a Nacos. Contacts nothing yet. */
export function openNacosReader(access: NacosAccess, ref: DocumentRef, clock: Clock): DocumentReader {
  const connection = new NacosConnection({
    name: 'the config center',
    servers: access.servers,
    contextPath: access.contextPath ?? '/nacos',
    namespace: access.namespace ?? '',
    credentials: readerCredentials(access),
    caFile: access.ca,
    clock,
  })
  let api: 'v1' | 'v3' | undefined
  return {
    changes: openChangeSignal(connection, ref),
    async read(signal) {
      api ??= (await detectVersion(connection, signal)).api
      const clientRead = clientReadOf(api, connection.namespace, ref)
      return clientRead.parse(await connection.read(clientRead.request, signal))
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
