import type { DocumentRef } from '../../core/ports/config-center.ts'
import { conflict, settleByReading, unsettled } from '../shared/write-outcomes.ts'
import type { ChangedDocument, WriteOutcome } from '../shared/write-outcomes.ts'
import type { NacosConnection } from './nacos-connection.ts'

/** Reads until a removal that was tried is known to be done. @throws CutoverError when it is not, or cannot be known. */
export async function proveRemoved<Row extends ChangedDocument>(
  connection: NacosConnection,
  read: (ref: DocumentRef, signal: AbortSignal) => Promise<Row | null>,
  ref: DocumentRef,
  removal: { readonly before: Row; readonly outcome: WriteOutcome },
  signal: AbortSignal,
): Promise<void> {
  const { before, outcome } = removal
  const change = { before, isOurs: (row: unknown) => row === null }
  const settled = await settleByReading(connection, read, ref, change, outcome, signal)
  if (settled.state === 'ours') return
  if (settled.state === 'foreign') throw conflict(connection, ref, settled.row)
  throw unsettled(connection, ref, outcome, 'remove')
}
