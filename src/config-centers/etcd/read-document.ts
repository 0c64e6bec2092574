import { createHash } from 'node:crypto'
import { CutoverError } from '../../core/errors.ts'
import type { DocumentRef, StoredDocument } from '../../core/ports/config-center.ts'
import { documentType } from '../shared/document-type.ts'
import type { HttpAnswer, HttpRequest } from '../shared/http-message.ts'
import { fieldOf, listOf, textOf } from '../shared/json-fields.ts'
import type { ChangedDocument } from '../shared/write-outcomes.ts'
import { codeOf, doneAnswer, numberIn, refusal } from './answers.ts'
import type { EtcdConnection } from './etcd-connection.ts'

/** A document with what etcd knows of its key. */
export interface EtcdRow extends ChangedDocument {
  /** Revision of the store at which it was created, and at which it was last written. */
  readonly createRevision: bigint
  readonly modRevision: bigint
  /** Id of the lease with which it will vanish; '0' for none. */
  readonly lease: string
}

/** The document at a revision of the store, and what that revision is. */
export interface Reading {
  readonly row: EtcdRow | null
  readonly revision: bigint
}

/** The gRPC status number for a revision that was compacted away, or that is still to come. */
const outOfRange = 11

/** Members answer it only when a majority agrees on what is newest, so it is never old. */
export function readRequest(connection: EtcdConnection, ref: DocumentRef, revision?: bigint): HttpRequest {
  const json = { key: encoded(connection.keyOf(ref)), ...(revision && { revision: String(revision) }) }
  return { method: 'POST', path: '/v3/kv/range', json }
}

/** @throws CutoverError when etcd does not give it. */
export async function readDocument(
  connection: EtcdConnection,
  ref: DocumentRef,
  signal: AbortSignal,
): Promise<Reading> {
  return readingOf(connection, ref, await connection.read(readRequest(connection, ref), signal))
}

/** The document as it was at a revision of the store; undefined: etcd does not know that any more, or not yet. */
export async function readPast(
  connection: EtcdConnection,
  ref: DocumentRef,
  revision: bigint,
  signal: AbortSignal,
): Promise<EtcdRow | null | undefined> {
  if (revision < 1n) return undefined
  const answer = await connection.read(readRequest(connection, ref, revision), signal)
  return codeOf(answer) === outOfRange ? undefined : readingOf(connection, ref, answer).row
}

/** @throws CutoverError `system.refused` when the answer is none, or when the value is not text. */
export function readingOf(connection: EtcdConnection, ref: DocumentRef, answer: HttpAnswer): Reading {
  const done = doneAnswer(answer)
  if (!done) throw refusal(answer, `read ${ref.dataId}`)
  const [found] = listOf(done.body, 'kvs')
  if (found === undefined) return { row: null, revision: done.revision }
  const row = rowOf(connection, ref, found)
  if (!row) throw refusal(answer, `show ${ref.dataId} as documented`)
  return { row, revision: done.revision }
}

function rowOf(connection: EtcdConnection, ref: DocumentRef, found: unknown): EtcdRow | undefined {
  const createRevision = numberIn(found, 'create_revision')
  const modRevision = numberIn(found, 'mod_revision')
  const value = fieldOf(found, 'value') ?? ''
  const isIt = textOf(found, 'key') === encoded(connection.keyOf(ref))
  if (!isIt || createRevision === undefined || modRevision === undefined || typeof value !== 'string') {
    return undefined
  }
  const content = decoded(connection, ref, value)
  return {
    content,
    etag: etagOf(content),
    // Nothing else is kept: a second key for it would look like a document to whoever reads all keys of the prefix.
    meta: { type: documentType(ref) },
    createRevision,
    modRevision,
    lease: textOf(found, 'lease') || '0',
    modifiedAt: '',
    modifiedBy: '',
  }
}

/** Without what only etcd knows. */
export function documentOf({ content, etag, meta }: EtcdRow): StoredDocument {
  return { content, etag, meta }
}

/** Not the revision: what a run took down stays true when somebody writes the same text once more. */
function etagOf(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}

/** Text as the gateway wants it in JSON. */
export function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decoded(connection: EtcdConnection, ref: DocumentRef, value: string): string {
  try {
    return strictUtf8.decode(Buffer.from(value, 'base64'))
  } catch {
    // Read as text it would not be the same bytes when it is written again.
    const where = `${ref.dataId} in ${connection.name}`
    throw new CutoverError('system.refused', `${where} is not text in UTF-8`, {
      where,
      hint: 'Check group and data id: this key holds something else than a document.',
    })
  }
}
