import type { ChangedDocument } from '../shared/write-outcomes.ts'
import { etagOfConfiguration, textOfConfiguration } from './configuration.ts'
import { typeOf } from './namespace-of.ts'
import type { ApolloNamespace } from './namespace-of.ts'
import type { Release } from './portal-answers.ts'

/** A release as the document it stands for. */
export interface NamespaceRow extends ChangedDocument {
  readonly releaseId: number
}

/** null: the release holds nothing that could be called a document. */
export function rowOf(namespace: ApolloNamespace, release: Release | null): NamespaceRow | null {
  const content = release && textOfConfiguration(namespace, release.configuration)
  if (!release || content === null) return null
  return {
    content,
    etag: etagOfConfiguration(release.configuration),
    meta: { type: typeOf(namespace) },
    modifiedAt: release.at,
    modifiedBy: release.by,
    releaseId: release.id,
  }
}
