import { CutoverError } from '../../core/errors.ts'
import type { DocumentRef } from '../../core/ports/config-center.ts'

/** What a namespace holds: `properties` many items, everything else one item with the text of a file. */
export type NamespaceFormat = 'properties' | 'xml' | 'json' | 'yml' | 'yaml' | 'txt'

export interface ApolloNamespace {
  /** As Apollo names it: with the ending of a file, without `.properties`. */
  readonly name: string
  readonly format: NamespaceFormat
}

const defaultGroup = 'DEFAULT_GROUP'

/**
 * The namespace that stands for a document: its data id is the namespace's name. `application` and `orders.properties`
 * are namespaces of items, `orders.yaml` is one that holds a file.
 * @throws CutoverError `playbook.invalid` for a group, which Apollo does not have, and for a name it cannot have.
 */
export function namespaceOf(center: string, { group, dataId }: DocumentRef): ApolloNamespace {
  if (group !== defaultGroup) {
    throw new CutoverError(
      'playbook.invalid',
      `${center} is an Apollo, which has no groups: ${dataId} cannot be in the group ${group}`,
      {
        where: `${dataId} in ${center}`,
        hint: 'Leave out group:. Another application, cluster or environment is another system of the playbook.',
      },
    )
  }
  if (!/^[0-9a-zA-Z_.-]+$/.test(dataId)) {
    throw new CutoverError('playbook.invalid', `${dataId} cannot be the name of a namespace in ${center}`, {
      where: center,
      hint: "Write the namespace's name as the portal shows it, such as application or orders.yaml.",
    })
  }
  const [, base = dataId, ending] = /^(.+)\.(properties|xml|json|ya?ml|txt)$/.exec(dataId) ?? []
  if (ending === undefined || ending === 'properties') return { name: base, format: 'properties' }
  return { name: dataId, format: ending as NamespaceFormat }
}

/** The type that documents of a namespace have. */
export function typeOf({ format }: ApolloNamespace): string {
  if (format === 'yml') return 'yaml'
  return format === 'txt' ? 'text' : format
}
