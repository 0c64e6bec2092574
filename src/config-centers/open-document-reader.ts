import type { Clock } from '../core/ports/clock.ts'
import type { DocumentRef } from '../core/ports/config-center.ts'
import type { ApolloAccess } from './apollo/apollo-reader.ts'
import type { EtcdAccess } from './etcd/etcd-reader.ts'
import type { FileAccess } from './file/file-reader.ts'
import type { NacosAccess } from './nacos/nacos-reader.ts'
import type { DocumentReader } from './shared/document-reader.ts'

/** How a service reaches its config center, with the right to read and nothing more. */
export type CenterReadAccess = NacosAccess | EtcdAccess | ApolloAccess | FileAccess

/** Opens a reader of one document in a center of any kind. Loads only that kind's code, and contacts nothing yet. */
export async function openDocumentReader(
  access: CenterReadAccess,
  ref: DocumentRef,
  clock: Clock,
): Promise<DocumentReader> {
  switch (access.kind) {
    case 'etcd': {
      const { openEtcdReader } = await import('./etcd/etcd-reader.ts')
      return openEtcdReader(access, ref, clock)
    }
    case 'apollo': {
      const { openApolloReader } = await import('./apollo/apollo-reader.ts')
      return openApolloReader(access, ref, clock)
    }
    case 'file': {
      const { openFileReader } = await import('./file/file-reader.ts')
      return openFileReader(access, ref, clock)
    }
    default: {
      const { openNacosReader } = await import('./nacos/nacos-reader.ts')
      return openNacosReader(access, ref, clock)
    }
  }
}
