import type { DocumentRef } from '../../core/ports/config-center.ts'
import { fieldOf } from '../shared/json-fields.ts'
import type { HttpOutcome } from '../shared/http-message.ts'
import type { WriteOutcome } from '../shared/write-outcomes.ts'
import { codeOf, doneAnswer } from './answers.ts'
import type { EtcdConnection } from './etcd-connection.ts'
import { encoded } from './read-document.ts'

/** What of the key must hold for the change to be made. */
export interface Guard {
  /** `CREATE`: since when it exists, 0 when it does not. `MOD`: when it was last written. */
  readonly target: 'CREATE' | 'MOD'
  readonly revision: bigint
}

export type Change =
  | { readonly kind: 'put'; readonly content: string; readonly lease: string }
  | { readonly kind: 'delete' }

export interface TxnOutcome {
  readonly outcome: WriteOutcome
  /** Of the store, right after a change that was made. */
  readonly revision?: bigint
}

/** gRPC status numbers with which etcd says that it did nothing: wrong request, no right, no room, not enabled. */
const didNothing: ReadonlySet<number> = new Set([3, 5, 7, 8, 9, 11, 12, 16])

/** Changes one key, if the guard holds, in one transaction. Sent once. */
export async function sendTxn(
  connection: EtcdConnection,
  ref: DocumentRef,
  guard: Guard | undefined,
  change: Change,
  signal: AbortSignal,
): Promise<TxnOutcome> {
  const key = encoded(connection.keyOf(ref))
  const json = {
    compare: guard ? [compareOf(key, guard)] : [],
    success: [
      change.kind === 'put'
        ? { request_put: { key, value: encoded(change.content), lease: change.lease } }
        : { request_delete_range: { key } },
    ],
  }
  return outcomeOf(await connection.write({ method: 'POST', path: '/v3/kv/txn', json }, signal))
}

function compareOf(key: string, { target, revision }: Guard): Readonly<Record<string, string>> {
  const field = target === 'CREATE' ? 'create_revision' : 'mod_revision'
  return { key, target, result: 'EQUAL', [field]: String(revision) }
}

function outcomeOf(sent: HttpOutcome): TxnOutcome {
  if (sent.kind !== 'answered') return { outcome: sent }
  const done = doneAnswer(sent.answer)
  if (done) {
    const succeeded = fieldOf(done.body, 'succeeded') === true
    return succeeded ? { outcome: { kind: 'done' }, revision: done.revision } : { outcome: { kind: 'stale' } }
  }
  const code = codeOf(sent.answer)
  const reason = `HTTP ${sent.answer.status}${code === undefined ? '' : `, code ${code}`}`
  // No leader, a deadline, an error page of something between: the change may have been made all the same.
  return { outcome: { kind: code !== undefined && didNothing.has(code) ? 'refused' : 'unknown', reason } }
}
