import type { DocumentRef } from './ports/config-center.ts'
import type { DocumentSpec } from './system-specs.ts'

/** The document beside a service's own that holds the datasource it is going to have. */
export function stagedRef({ group, dataId }: Pick<DocumentSpec, 'group' | 'dataId'>): DocumentRef {
  return { group, dataId: `cutover-next.${dataId}` }
}
