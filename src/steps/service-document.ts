import { createHash } from 'node:crypto'
import { CutoverError } from '../core/errors.ts'
import type { ConfigCenter, DocumentRef, StoredDocument } from '../core/ports/config-center.ts'
import type { DocumentFormat } from '../core/ports/document-editor.ts'
import type { StepContext } from '../core/step.ts'
import type { ServiceSpec } from '../core/system-specs.ts'

/** The document that holds a service's datasource, and where in it the datasource stands. */
export interface ServiceDocument {
  /** `document orders.yaml in nacos` */
  readonly title: string
  readonly center: ConfigCenter
  readonly ref: DocumentRef
  readonly format: DocumentFormat
  readonly fields: ServiceSpec['fields']
}

/** What a document says about its datasource, without the password. */
export type Datasource = { readonly address: string; readonly user: string }

export function serviceDocument(context: StepContext, service: string): ServiceDocument {
  const { document, fields, format } = context.ports.service(service).spec
  const known = format ?? context.ports.documents.formatOf(document.dataId)
  const title = `document ${document.dataId} in ${document.center}`
  if (!known) {
    throw new CutoverError('playbook.invalid', `the format of ${title} cannot be told from its name`, {
      hint: `Add format: yaml, properties, json or toml to the service ${service}.`,
    })
  }
  const ref = { group: document.group, dataId: document.dataId }
  return { title, center: context.ports.configCenter(document.center), ref, format: known, fields }
}

/** @throws CutoverError `system.refused` when there is no such document. */
export async function readDocument(context: StepContext, document: ServiceDocument): Promise<StoredDocument> {
  // The center's plugin stores another text than it was given, so nobody can prove what a write left behind.
  if (document.ref.dataId.startsWith('cipher-')) throw encrypted(document)
  const stored = await document.center.get(document.ref, context.signal)
  if (stored) return stored
  throw new CutoverError('system.refused', `${document.title} does not exist (group ${document.ref.group})`, {
    where: document.center.name,
    hint: 'Check data id, group and namespace in the playbook.',
  })
}

function encrypted({ title, center }: ServiceDocument): CutoverError {
  return new CutoverError('system.unsupported', `${title} is encrypted by a plugin of the config center`, {
    where: center.name,
    hint: 'Move the datasource into a document of its own whose name does not begin with cipher-.',
  })
}

/** Reads the datasource out of a document's text. */
export function datasourceIn(context: StepContext, document: ServiceDocument, content: string): Datasource {
  requireFields(context, document, content)
  const found = context.ports.documents.readDatasource(content, document.format, document.fields)
  return { address: found.title, user: found.user }
}

/** @throws CutoverError `system.refused` when one of the values of the datasource is not there. */
export function requireFields(context: StepContext, document: ServiceDocument, content: string): void {
  const { url, user, password, document: choice } = document.fields
  for (const path of [url, user, password]) {
    if (context.ports.documents.read(content, document.format, path, choice) !== undefined) continue
    throw new CutoverError('system.refused', `${document.title} has no value at ${path}`, {
      where: document.center.name,
      hint: 'Say in the service’s fields: of the playbook where url, user and password stand.',
    })
  }
}

/** A mark by which bytes are recognised later. The content itself holds secrets and must not be kept. */
export function sha256(content: string): string {
  return createHash('sha256').update(content, 'utf8').digest('hex')
}
