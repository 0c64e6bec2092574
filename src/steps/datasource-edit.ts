import type { StoredDocument } from '../core/ports/config-center.ts'
import type { SecretRef } from '../core/secret.ts'
import type { Change, StepContext } from '../core/step.ts'
import { datasourceIn, readField, type ServiceDocument } from './service-document.ts'

export interface DatasourceWish {
  readonly database: string
  readonly user: string
  readonly password: SecretRef
  readonly schema?: string | undefined
}

/** The document's text with the wanted datasource; the same text when it has it already. Holds secrets. */
export async function withDatasource(
  context: StepContext,
  document: ServiceDocument,
  content: string,
  wish: DatasourceWish,
): Promise<string> {
  const password = await context.ports.secrets.resolve(wish.password, context.signal)
  const { host, port } = context.ports.database(wish.database).serviceAddress
  const address = wish.schema === undefined ? { host, port } : { host, port, schema: wish.schema }
  const url = context.ports.documents.withAddress(
    readField(context, document, content, document.fields.url),
    address,
  )
  const edits = [
    { path: document.fields.url, value: url },
    { path: document.fields.user, value: wish.user },
    { path: document.fields.password, value: password.reveal() },
  ]
  const changed = edits.filter(({ path, value }) => readField(context, document, content, path) !== value)
  if (changed.length === 0) return content
  return context.ports.documents.edit(content, document.format, changed).content
}

/** Characters of a version mark that are shown; enough to tell two versions of a document apart. */
const versionLength = 8

/**
 * One line for the plan; passwords are named by their reference only. The document's version is part of it: whatever
 * somebody edits in it between plan and run would come into effect with the restarts of the pause.
 */
export function describeChange(
  context: StepContext,
  document: ServiceDocument,
  { content: before, etag }: StoredDocument,
  after: string,
  wish: DatasourceWish,
): Change {
  const old = datasourceIn(context, document, before)
  const wanted = datasourceIn(context, document, after)
  const samePassword =
    readField(context, document, before, document.fields.password) ===
    readField(context, document, after, document.fields.password)
  return {
    subject: document.title,
    from: `${old.address} as ${old.user}, version ${etag.slice(0, versionLength)}`,
    to: `${wanted.address} as ${wanted.user}, password ${samePassword ? 'unchanged' : `from ${wish.password}`}`,
    fidelity: 'exact',
  }
}
