import type { DocumentRef, Expectation } from '../../core/ports/config-center.ts'
import { requireExpected } from '../shared/write-outcomes.ts'
import type { NacosApi } from './nacos-api.ts'
import type { NacosConnection } from './nacos-connection.ts'
import { proveRemoved } from './prove-removed.ts'
import { grayOf } from './put-gray.ts'

/**
 * Ends the gray version and proves by reading that it is gone; the server then gives everybody the document again.
 * Nacos cannot do that on a condition: a gray version that somebody publishes between the reading and the end is lost.
 */
export async function stopGray(
  connection: NacosConnection,
  api: NacosApi,
  ref: DocumentRef,
  expect: Expectation,
  signal: AbortSignal,
): Promise<void> {
  const named = grayOf(ref)
  const before = await api.gray.read(ref, signal)
  if (before === null) return
  requireExpected(connection, named, before, expect)
  const outcome = await api.gray.stop(ref, signal)
  const read = (_: DocumentRef, each: AbortSignal) => api.gray.read(ref, each)
  await proveRemoved(connection, read, named, { before, outcome }, signal)
}
