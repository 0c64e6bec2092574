import type { DocumentRef, Expectation } from '../../core/ports/config-center.ts'
import type { NacosApi } from './nacos-api.ts'
import type { NacosConnection } from './nacos-connection.ts'
import { requireNoGray } from './require-no-gray.ts'
import { requireExpected } from '../shared/write-outcomes.ts'
import { proveRemoved } from './prove-removed.ts'

/**
 * Removes the document and proves by reading that it is gone. Nacos knows no conditional removal: an edit between the
 * reading and the removal is lost, and the document's history is the only place where it is still found.
 */
export async function removeDocument(
  connection: NacosConnection,
  api: NacosApi,
  ref: DocumentRef,
  expect: Expectation,
  signal: AbortSignal,
): Promise<void> {
  const before = await api.read(ref, signal)
  if (before === null) return
  requireExpected(connection, ref, before, expect)
  await requireNoGray(connection, api, ref, signal)
  const outcome = await api.remove(ref, signal)
  const read = (each: DocumentRef, until: AbortSignal) => api.read(each, until)
  await proveRemoved(connection, read, ref, { before, outcome }, signal)
}
