import type { CenterReadAccess } from '../../config-centers/open-document-reader.ts'
import { watchDocument } from '../../config-centers/watch-document.ts'
import { CutoverError } from '../../core/errors.ts'
import { readDatasource as parseDatasource, type Datasource } from '../../service/swap/datasource.ts'

export type { Datasource } from '../../service/swap/datasource.ts'

/**
 * Reads where the service's data is, as Spring writes it. A center that does not answer and a document that is not
 * there yet are waited for until the signal fires.
 */
export async function readDatasource(
  center: CenterReadAccess,
  dataId: string,
  signal: AbortSignal,
): Promise<Datasource> {
  let reason = 'nothing was read'
  for await (const sighting of watchDocument({ ...center, dataId }, signal)) {
    if (sighting.state === 'stale') reason = sighting.reason
    else if (sighting.content === null) reason = 'it is not there'
    else return parseDatasource(sighting.content, { dataId })
  }
  throw new CutoverError('deadline', `${dataId} could not be read: ${reason}`)
}
