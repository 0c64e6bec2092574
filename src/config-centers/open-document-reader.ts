import type { Clock } from '../core/ports/clock.ts'
import type { DocumentRef } from '../core/ports/config-center.ts'
import { openNacosReader } from './nacos/nacos-reader.ts'
import type { NacosAccess } from './nacos/nacos-reader.ts'
import type { DocumentReader } from './shared/document-reader.ts'

/** How a service reaches its config center, with the right to read and nothing more. */
export type CenterReadAccess = NacosAccess

/** Opens a reader of one document in a center of any kind. Loads only that kind's code, and contacts nothing yet. */
export function openDocumentReader(
  access: CenterReadAccess,
  ref: DocumentRef,
  clock: Clock,
): Promise<DocumentReader> {
  return Promise.resolve(openNacosReader(access, ref, clock))
}
