import { CutoverError } from '../../core/errors.ts'
import type { DocumentMeta, DocumentRef, Expectation } from '../../core/ports/config-center.ts'
import { given } from './nacos-api.ts'
import type { NacosApi, Publication, StoredRow } from './nacos-api.ts'
import type { NacosConnection } from './nacos-connection.ts'
import { requireNoGray } from './require-no-gray.ts'
import { requireStorable } from '../shared/require-storable.ts'
import { conflict, overtaken, requireExpected, settleByReading, unsettled } from '../shared/write-outcomes.ts'
import type { WriteOutcome } from '../shared/write-outcomes.ts'
import { mayHaveBeenStored } from './may-have-been-stored.ts'

// No document has it. A server that finds a document refuses it, one that finds none inserts: create-if-absent.
const md5OfNothing = '0'.repeat(32)

/**
 * Writes when the expectation holds, and proves the result by reading it back.
 * One write is sent, ever: what its answer leaves open is settled by reading.
 */
export async function publishDocument(
  connection: NacosConnection,
  api: NacosApi,
  ref: DocumentRef,
  content: string,
  options: { readonly expect: Expectation; readonly meta?: DocumentMeta | undefined },
  signal: AbortSignal,
): Promise<StoredRow> {
  requireStorable(connection.name, ref, content)
  const before = await api.read(ref, signal)
  requireExpected(connection, ref, before, options.expect)
  if (before === null) await requireNewPlace(connection, api, ref, signal)
  const publication: Publication = {
    content,
    // The server blanks what a publish leaves out, so everything it has is sent again.
    meta: { ...before?.meta, ...given({ ...options.meta }) },
    extras: before?.extras ?? {},
    expectedMd5: expectedMd5Of(options.expect),
  }
  const outcome = await api.publish(ref, publication, signal)
  return provePublished(connection, api, ref, { before, content }, outcome, signal)
}

async function provePublished(
  connection: NacosConnection,
  api: NacosApi,
  ref: DocumentRef,
  change: { readonly before: StoredRow | null; readonly content: string },
  outcome: WriteOutcome,
  signal: AbortSignal,
): Promise<StoredRow> {
  const { before, content } = change
  const isOurs = (row: StoredRow | null): boolean => row?.content === content
  if (outcome.kind === 'stale') {
    // The quicker writer may not be visible yet; whatever is there then, it is not this write.
    const change = { before, isOurs: () => false }
    const now = await settleByReading(connection, readOf(api), ref, change, outcome, signal)
    throw now.state === 'unchanged' ? wedged(connection, ref) : conflict(connection, ref, now.row)
  }
  const settled = await settleByReading(connection, readOf(api), ref, { before, isOurs }, outcome, signal)
  if (settled.state === 'ours' && settled.row) return settled.row
  if (settled.state === 'foreign') {
    const overwritten = await mayHaveBeenStored(api, ref, content, signal)
    throw overwritten
      ? overtaken(connection, ref, outcome, settled.row)
      : conflict(connection, ref, settled.row)
  }
  throw unsettled(connection, ref, outcome, 'publish')
}

/** 3.x keeps two rows for a document of the public namespace; when they differ, no compare-and-set succeeds. */
function wedged(connection: NacosConnection, ref: DocumentRef): CutoverError {
  return new CutoverError(
    'system.refused',
    `${ref.dataId} in ${connection.name} is wedged: the server refuses the version it has just shown, nothing was written`,
    {
      where: `${ref.dataId} in ${connection.name}`,
      hint: "Publish the document once, unchanged, in the config center's console, then try again.",
    },
  )
}

type ReadRow = (ref: DocumentRef, signal: AbortSignal) => Promise<StoredRow | null>

function readOf(api: NacosApi): ReadRow {
  return (ref, signal) => api.read(ref, signal)
}

async function requireNewPlace(
  connection: NacosConnection,
  api: NacosApi,
  ref: DocumentRef,
  signal: AbortSignal,
): Promise<void> {
  await requireNamespace(connection, api, ref, signal)
  await requireNoGray(connection, api, ref, signal)
}

// Nacos says true to a document in a namespace that does not exist, where no service will ever find it.
async function requireNamespace(
  connection: NacosConnection,
  api: NacosApi,
  ref: DocumentRef,
  signal: AbortSignal,
): Promise<void> {
  const { namespace } = connection
  if (namespace === '' || namespace === 'public') return
  const known = await api.namespaces(signal)
  if (known === undefined || known.includes(namespace)) return
  throw new CutoverError('system.refused', `${connection.name} has no namespace ${namespace}`, {
    where: `${ref.dataId} in ${connection.name}`,
    hint: 'Write the id of the namespace, not its name; the console shows both.',
  })
}

function expectedMd5Of(expect: Expectation): string {
  if (expect === 'absent') return md5OfNothing
  return expect === 'any' ? '' : expect.etag
}
