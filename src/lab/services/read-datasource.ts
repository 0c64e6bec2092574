import { watchDocument } from '../../config-centers/watch-document.ts'
import { CutoverError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import type { CenterSettings } from './service-settings.ts'

export interface Datasource {
  readonly host: string
  readonly port: number
  readonly schema: string
  readonly user: string
  readonly password: Secret
}

/**
 * Reads where the service's data is, as Spring writes it. A center that does not answer and a document that is not
 * there yet are waited for until the signal fires.
 */
export async function readDatasource(
  center: CenterSettings,
  dataId: string,
  signal: AbortSignal,
): Promise<Datasource> {
  let reason = 'nothing was read'
  for await (const sighting of watchDocument({ ...center, dataId }, signal)) {
    if (sighting.state === 'stale') reason = sighting.reason
    else if (sighting.content === null) reason = 'it is not there'
    else return parseDatasource(sighting.content, dataId)
  }
  throw new CutoverError('deadline', `${dataId} could not be read: ${reason}`)
}

async function parseDatasource(content: string, dataId: string): Promise<Datasource> {
  const { documentEditor } = await import('../../config-centers/documents/document-editor.ts')
  const format = documentEditor.formatOf(dataId) ?? 'yaml'
  const field = (name: string): string => {
    const value = documentEditor.read(content, format, `spring.datasource.${name}`)
    if (value === undefined)
      throw new CutoverError('system.refused', `${dataId} has no spring.datasource.${name}`)
    return value
  }
  const { host, port, schema } = documentEditor.parseAddress(field('url'))
  return { host, port, schema, user: field('username'), password: new Secret(dataId, field('password')) }
}
