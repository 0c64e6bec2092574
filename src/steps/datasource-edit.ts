import { z } from 'zod'
import { databaseRef, secretRef } from '../core/refs.ts'
import type { StoredDocument } from '../core/ports/config-center.ts'
import type { SecretRef } from '../core/secret.ts'
import type { Change, StepContext } from '../core/step.ts'
import { requireFields, type ServiceDocument } from './service-document.ts'

/** For documents whose address names several servers, which nobody can point elsewhere by one host and port. */
export const wholeAddress = z.string().min(1).optional().meta({
  description:
    'The whole new url, where the present one names several servers. It has to name the serviceAddress of the database and must hold no credentials. Left out: the present url, pointed elsewhere.',
})

export interface DatasourceWish {
  readonly database: string
  readonly user: string
  readonly password: SecretRef
  readonly schema?: string | undefined
  /** The whole address, for documents that name several servers. It has to name the database's serviceAddress. */
  readonly url?: string | undefined
}

/** A datasource as a playbook gives it. */
export const datasourceWish = z
  .strictObject({
    database: databaseRef('Server the service is to use; its serviceAddress goes into the url.'),
    user: z.string().min(1).meta({ description: 'User name the service logs in with.' }),
    password: secretRef('Password that goes into the document.'),
    schema: z.string().min(1).optional().meta({ description: 'Schema in the url. Left out: unchanged.' }),
    url: wholeAddress,
  })
  .meta({ description: 'The datasource the document is to hold.' }) satisfies z.ZodType<DatasourceWish>

/** The document's text with the wanted datasource; the same text when it has it already. Holds secrets. */
export async function withDatasource(
  context: StepContext,
  document: ServiceDocument,
  content: string,
  wish: DatasourceWish,
): Promise<string> {
  const password = await context.ports.secrets.resolve(wish.password, context.signal)
  const { host, port } = context.ports.database(wish.database).serviceAddress
  requireFields(context, document, content)
  return context.ports.documents.editDatasource(content, document.format, document.fields, {
    host,
    port,
    schema: wish.schema,
    url: wish.url,
    user: wish.user,
    password: password.reveal(),
  })
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
  const { documents } = context.ports
  const old = documents.readDatasource(before, document.format, document.fields)
  const wanted = documents.readDatasource(after, document.format, document.fields)
  const samePassword = old.password.reveal() === wanted.password.reveal()
  return {
    subject: document.title,
    from: `${old.title} as ${old.user}, version ${etag.slice(0, versionLength)}`,
    to: `${wanted.title} as ${wanted.user}, password ${samePassword ? 'unchanged' : `from ${wish.password}`}`,
    fidelity: 'exact',
  }
}
