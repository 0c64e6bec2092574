import type { Log } from '../../core/ports/log.ts'
import type { Datasource, DatasourceDocument } from './datasource.ts'
import { isSameDatasource, readDatasource, titleOf } from './datasource.ts'
import { sayError } from './say-error.ts'

/**
 * Looks at each later version of the service's datasource document, and says when it names another datasource than the
 * process uses. Nothing follows from that: a running process is switched by a run's hold and release alone. The
 * document of a cutover by restarts names the target while writes are not stopped yet, and a process that went there
 * by itself would write where nobody expects it, or fail where nobody stopped it. The change takes effect when the
 * process starts again. After a live switch the document comes to name what the process has already.
 */
export async function watchPublished(
  published: AsyncIterable<string | null>,
  document: DatasourceDocument,
  present: () => Datasource,
  log: Log,
): Promise<void> {
  for await (const text of published) {
    if (text === null) continue
    try {
      const named = await readDatasource(text, document)
      if (isSameDatasource(named, present())) continue
      log.warn(
        { published: titleOf(named), inUse: titleOf(present()) },
        'the published datasource is not the one in use; it takes effect when the process starts again',
      )
    } catch (error) {
      log.warn(
        { document: document.dataId, reason: sayError(error) },
        'the published datasource cannot be read',
      )
    }
  }
}
