import type { DocumentRef, Expectation } from '../../core/ports/config-center.ts'
import { requireStorable } from '../shared/require-storable.ts'
import { conflict, requireExpected, settleByReading, unsettled } from '../shared/write-outcomes.ts'
import type { EtcdConnection } from './etcd-connection.ts'
import { readDocument, readPast } from './read-document.ts'
import type { EtcdRow } from './read-document.ts'
import { sendTxn } from './send-txn.ts'
import type { Change, Guard, TxnOutcome } from './send-txn.ts'

/** A guard that fails though the text is the expected one: somebody wrote the same text again. */
const attempts = 5

/*
 * Why the guard is the revision and not the text itself: a revision holds for one moment of the store only. A request
 * that was thought lost and arrives late changes nothing once anybody has written, be it the same text; and the old
 * text need not be sent along.
 */

/**
 * Writes when the expectation holds, and proves the result by reading it back.
 * A request whose answer is missing is not sent again; one that etcd refused because of the guard changed nothing.
 */
export async function putDocument(
  connection: EtcdConnection,
  ref: DocumentRef,
  content: string,
  expect: Expectation,
  signal: AbortSignal,
): Promise<EtcdRow> {
  requireStorable(connection.name, ref, content)
  const isOurs = (row: EtcdRow | null): boolean => row?.content === content
  const changeOf = (before: EtcdRow | null): Change => ({ kind: 'put', content, lease: before?.lease ?? '0' })
  const written = await change(connection, ref, { expect, changeOf, isOurs, verb: 'publish' }, signal)
  if (written === null) throw conflict(connection, ref, written)
  return written
}

/** Removes it and proves that it is gone. One that is not there is fine. */
export async function removeDocument(
  connection: EtcdConnection,
  ref: DocumentRef,
  expect: Expectation,
  signal: AbortSignal,
): Promise<void> {
  const isOurs = (row: EtcdRow | null): boolean => row === null
  const changeOf = (before: EtcdRow | null): Change | undefined => (before ? { kind: 'delete' } : undefined)
  await change(connection, ref, { expect, changeOf, isOurs, verb: 'remove' }, signal)
}

interface Wanted {
  readonly expect: Expectation
  /** Undefined: nothing has to be done. */
  readonly changeOf: (before: EtcdRow | null) => Change | undefined
  readonly isOurs: (row: EtcdRow | null) => boolean
  readonly verb: 'publish' | 'remove'
}

async function change(
  connection: EtcdConnection,
  ref: DocumentRef,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<EtcdRow | null> {
  for (let attempt = 1; ; attempt += 1) {
    const { row: before } = await readDocument(connection, ref, signal)
    const planned = wanted.changeOf(before)
    if (planned === undefined) return before
    requireExpected(connection, ref, before, wanted.expect)
    const sent = await sendTxn(connection, ref, guardOf(wanted.expect, before), planned, signal)
    if (sent.outcome.kind !== 'stale') return settle(connection, ref, { ...wanted, before }, sent, signal)
    if (attempt === attempts)
      throw conflict(connection, ref, (await readDocument(connection, ref, signal)).row)
  }
}

function guardOf(expect: Expectation, before: EtcdRow | null): Guard | undefined {
  if (expect === 'any') return undefined
  return before ? { target: 'MOD', revision: before.modRevision } : { target: 'CREATE', revision: 0n }
}

async function settle(
  connection: EtcdConnection,
  ref: DocumentRef,
  wanted: Wanted & { readonly before: EtcdRow | null },
  { outcome, revision }: TxnOutcome,
  signal: AbortSignal,
): Promise<EtcdRow | null> {
  // A change that was made is read as it was right after it: whoever was quicker than this reading takes nothing away.
  const read = async (): Promise<EtcdRow | null> => {
    const then = revision === undefined ? undefined : await readPast(connection, ref, revision, signal)
    return then === undefined ? (await readDocument(connection, ref, signal)).row : then
  }
  const settled = await settleByReading(connection, read, ref, wanted, outcome, signal)
  if (settled.state === 'ours') return settled.row
  if (settled.state === 'foreign') throw conflict(connection, ref, settled.row)
  throw unsettled(connection, ref, outcome, wanted.verb)
}
