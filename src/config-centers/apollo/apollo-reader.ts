import type { Clock } from '../../core/ports/clock.ts'
import type { DocumentRef, StoredDocument } from '../../core/ports/config-center.ts'
import { Secret } from '../../core/secret.ts'
import { CenterConnection } from '../shared/center-connection.ts'
import type { DocumentReader } from '../shared/document-reader.ts'
import { openChangeSignal } from './change-signal.ts'
import { ConfigService } from './config-service.ts'
import { etagOfConfiguration, textOfConfiguration } from './configuration.ts'
import { namespaceOf, typeOf } from './namespace-of.ts'

/** How a service reaches an Apollo: its config service, never the portal. */
export interface ApolloAccess {
  readonly kind: 'apollo'
  /** Base addresses of the config service such as `http://10.0.0.1:8080`. */
  readonly servers: readonly string[]
  /** Id of the application. */
  readonly app: string
  /** Default `default`. */
  readonly cluster?: string
  /** Where the application asks for one. */
  readonly accessKey?: string | Secret
  /** File with the authorities (PEM) to trust for https. Default: the system's. */
  readonly ca?: string
}

/**
 * Opens a reader of one namespace of an Apollo. Contacts nothing yet. The text of a namespace of items is one line
 * `key=value` for each item.
 * @throws CutoverError `playbook.invalid` for a group, which Apollo does not have.
 */
export function openApolloReader(access: ApolloAccess, ref: DocumentRef, clock: Clock): DocumentReader {
  const { servers, app, cluster = 'default', ca } = access
  const name = 'the config center'
  const connection = new CenterConnection({ name, servers, caFile: ca, clock, isDenied: () => false })
  const service = new ConfigService({ connection, app, cluster, accessKey: accessKeyOf(access) })
  const namespace = namespaceOf(name, ref)
  const changes = openChangeSignal(service, namespace)
  return {
    changes,
    async read(signal): Promise<StoredDocument | null> {
      const found = await service.read(namespace, { messages: changes.messages() }, signal)
      const content = found && textOfConfiguration(namespace, found.configuration)
      if (!found || content === null) return null
      return { content, etag: etagOfConfiguration(found.configuration), meta: { type: typeOf(namespace) } }
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

function accessKeyOf({ accessKey }: ApolloAccess): (() => Promise<Secret>) | undefined {
  if (accessKey === undefined || accessKey === '') return undefined
  const secret = typeof accessKey === 'string' ? new Secret('config-center-access-key', accessKey) : accessKey
  return () => Promise.resolve(secret)
}
