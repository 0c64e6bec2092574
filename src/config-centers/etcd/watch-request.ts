import type { DocumentRef } from '../../core/ports/config-center.ts'
import type { HttpRequest, LineReading } from '../shared/http-message.ts'
import { fieldOf, listOf, parseJson, textOf } from '../shared/json-fields.ts'
import { numberIn } from './answers.ts'
import type { EtcdConnection } from './etcd-connection.ts'
import { encoded } from './read-document.ts'

/** A change of the key, in the order in which they were made. */
export interface WatchedChange {
  readonly revision: bigint
  readonly operation: 'insert' | 'update' | 'delete'
}

/** One line of a watch. */
export interface WatchLine {
  readonly changes: readonly WatchedChange[]
  /** What the watch tells is complete up to this revision, unless more pieces follow. */
  readonly revision: bigint | undefined
  /** The line is a piece of something longer. */
  readonly isPiece: boolean
  /** Nothing more will come. */
  readonly ended: boolean
  /** Set when what was asked for is older than what etcd still keeps: the oldest revision that can be asked for. */
  readonly oldest: bigint | undefined
}

/** Asks for all changes of a document from a revision on. */
export function watchRequest(
  connection: EtcdConnection,
  ref: DocumentRef,
  from: bigint,
  lines: LineReading,
): HttpRequest {
  const key = encoded(connection.keyOf(ref))
  return {
    method: 'POST',
    path: '/v3/watch',
    json: { create_request: { key, start_revision: String(from), fragment: true } },
    // A member that has lost the others then says so; otherwise it would just be silent.
    headers: { 'grpc-metadata-hasleader': 'true' },
    lines,
  }
}

/** Reads a line of a watch. What cannot be understood counts as its end. */
export function watchLineOf(line: string): WatchLine {
  const result = fieldOf(parseJson(line), 'result')
  const revision = numberIn(fieldOf(result, 'header'), 'revision')
  return {
    changes: listOf(result, 'events').map(changeOf),
    revision,
    isPiece: fieldOf(result, 'fragment') === true,
    ended: fieldOf(result, 'header') === undefined || fieldOf(result, 'canceled') === true,
    oldest: numberIn(result, 'compact_revision'),
  }
}

function changeOf(event: unknown): WatchedChange {
  const kv = fieldOf(event, 'kv')
  const revision = numberIn(kv, 'mod_revision') ?? 0n
  if (textOf(event, 'type') === 'DELETE') return { revision, operation: 'delete' }
  return { revision, operation: numberIn(kv, 'create_revision') === revision ? 'insert' : 'update' }
}
