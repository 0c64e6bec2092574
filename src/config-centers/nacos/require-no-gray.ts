import { CutoverError } from '../../core/errors.ts'
import type { DocumentRef } from '../../core/ports/config-center.ts'
import type { NacosApi } from './nacos-api.ts'
import type { NacosConnection } from './nacos-connection.ts'

/**
 * Refuses to remove a document that has a gray version, and to create one where a gray version was left behind: Nacos
 * keeps it without its document, hands it to nobody, and would hand it out again, old as it is, some time after the
 * next document of that name, such as when a server restarts.
 */
export async function requireNoGray(
  connection: NacosConnection,
  api: NacosApi,
  ref: DocumentRef,
  signal: AbortSignal,
): Promise<void> {
  const gray = await api.gray.read(ref, signal)
  if (gray === null) return
  const where = `${ref.dataId} in ${connection.name}`
  throw new CutoverError('system.refused', `${where} has a gray version for ${gray.addresses.join(', ')}`, {
    where,
    hint: "Stop the gray version in the config center's console, then try again.",
  })
}
