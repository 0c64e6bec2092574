import { CutoverError } from '../../core/errors.ts'
import type { DocumentRef, Expectation } from '../../core/ports/config-center.ts'
import { documentType } from '../shared/document-type.ts'
import { requireStorable } from '../shared/require-storable.ts'
import { conflict, requireExpected, settleByReading, unsettled } from '../shared/write-outcomes.ts'
import { isClientAddress } from './gray-api.ts'
import type { GrayRow } from './gray-api.ts'
import type { NacosApi } from './nacos-api.ts'
import type { NacosConnection } from './nacos-connection.ts'

/** What the gray version is to become, and what it must be now. */
export interface GrayWish {
  readonly expect: Expectation
  readonly addresses: readonly string[]
}

/**
 * Gives clients of these addresses another content, and proves by reading that it is stored. One write is sent, ever.
 *
 * Not atomic, because Nacos compares and sets gray versions wrongly (measured on 2.5 and 3.1): of an update that
 * names the version it expects it says that it was done, and stores nothing, even when the version is the right one.
 * So the version is compared by reading first, and an update by somebody else between that reading and the write is
 * overwritten; the server's own history is the only place where it is found. Only the first gray version of a
 * document is safe against others: of several creators one wins, and the others are told.
 */
export async function putGray(
  connection: NacosConnection,
  api: NacosApi,
  ref: DocumentRef,
  content: string,
  wish: GrayWish,
  signal: AbortSignal,
): Promise<GrayRow> {
  const named = grayOf(ref)
  requireStorable(connection.name, named, content)
  requireAddresses(connection, named, wish.addresses)
  const document = await api.read(ref, signal)
  if (document === null) throw noDocument(connection, ref)
  const before = await api.gray.read(ref, signal)
  requireExpected(connection, named, before, wish.expect)
  const { addresses } = wish
  const publication = {
    content,
    addresses,
    type: document.meta.type ?? documentType(ref),
    onlyNew: wish.expect === 'absent',
  }
  const outcome = await api.gray.publish(ref, publication, signal)
  const read = async (_: DocumentRef, each: AbortSignal) => marked(await api.gray.read(ref, each))
  const isOurs = (row: GrayRow | null): boolean =>
    row !== null && row.content === content && haveSame(row.addresses, addresses)
  const change = { before: marked(before), isOurs }
  // That the server found another version says nothing about what became of this one: reading does.
  const settled = await settleByReading(connection, read, named, change, outcome, signal)
  if (settled.state === 'ours' && settled.row) return { ...settled.row, etag: settled.row.md5 }
  if (settled.state === 'foreign') throw conflict(connection, named, settled.row)
  throw unsettled(connection, named, outcome, 'publish')
}

/** Names the gray version in messages. */
export function grayOf(ref: DocumentRef): DocumentRef {
  return { ...ref, dataId: `the gray version of ${ref.dataId}` }
}

/** The same text for other addresses is another version, though its md5 is the same. */
function marked(row: GrayRow | null): (GrayRow & { readonly md5: string }) | null {
  return row && { ...row, md5: row.etag, etag: `${row.etag} ${[...row.addresses].sort().join(' ')}` }
}

function haveSame(some: readonly string[], others: readonly string[]): boolean {
  return (
    new Set([...some, ...others]).size === new Set(some).size && new Set(some).size === new Set(others).size
  )
}

function requireAddresses(center: NacosConnection, ref: DocumentRef, addresses: readonly string[]): void {
  if (addresses.length > 0 && addresses.every(isClientAddress)) return
  const where = `${ref.dataId} in ${center.name}`
  const wrong = addresses.find((address) => !isClientAddress(address))
  const what = wrong === undefined ? 'no address is given' : `${JSON.stringify(wrong)} is no IP address`
  throw new CutoverError('system.refused', `${where} would reach nobody: ${what}`, {
    where,
    hint: 'Give the IP addresses of clients as the config center sees them; its list of subscribers shows them.',
  })
}

function noDocument(center: NacosConnection, ref: DocumentRef): CutoverError {
  const where = `${ref.dataId} in ${center.name}`
  return new CutoverError('system.refused', `there is no ${where}, so it can have no gray version`, {
    where,
    hint: 'Publish the document first: without it nobody is given a gray version.',
  })
}
