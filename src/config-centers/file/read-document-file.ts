import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { CutoverError } from '../../core/errors.ts'
import type { DocumentMeta, StoredDocument } from '../../core/ports/config-center.ts'
import type { DocumentPlace } from './document-place.ts'
import { codeOf, tellingFailures } from './file-failure.ts'

/** A document as its file has it. */
export interface DocumentFile extends StoredDocument {
  readonly stats: BigIntStats
}

/** Bytes. Nobody keeps a configuration as large as this. */
const longest = 16 * 1024 * 1024
const looks = 5
// A link that was put there in between is not followed, and a pipe does not keep us waiting.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Reads a document; null: there is none.
 * @param title `orders.yaml in files`
 * @throws CutoverError `system.refused` for one that is not UTF-8, too large, or no plain file.
 */
export function readDocumentFile(
  { path, dataId }: DocumentPlace,
  title: string,
): Promise<DocumentFile | null> {
  return tellingFailures(`${title} cannot be read`, title, async () => {
    const handle = await openIfThere(path)
    if (handle === null) return null
    try {
      return await readWhole(handle, dataId, title)
    } finally {
      await handle.close()
    }
  })
}

/** The version mark of a text. */
export function etagOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, flags)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** An editor that writes in place is waited for: what changed while it was read is read again. */
async function readWhole(handle: FileHandle, dataId: string, title: string): Promise<DocumentFile> {
  for (let look = 1; look <= looks; look += 1) {
    const before = await handle.stat({ bigint: true })
    if (!before.isFile()) throw unreadable(title, 'is not a plain file')
    if (before.size > longest) throw unreadable(title, 'is larger than 16 MiB')
    const bytes = Buffer.alloc(Number(before.size))
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
    const after = await handle.stat({ bigint: true })
    if (bytesRead !== bytes.length || after.size !== before.size || after.mtimeNs !== before.mtimeNs) continue
    return { content: textOf(bytes, title), etag: etagOf(bytes), meta: metaOf(dataId), stats: after }
  }
  throw new CutoverError('system.unreachable', `${title} is being written without an end`, { where: title })
}

function textOf(bytes: Buffer, title: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw unreadable(title, 'is not valid UTF-8')
  }
}

function unreadable(title: string, why: string): CutoverError {
  return new CutoverError('system.refused', `${title} ${why}`, {
    where: title,
    hint: 'Look at the file; the kit reads and writes plain text files in UTF-8.',
  })
}

const types: Readonly<Record<string, string>> = {
  yaml: 'yaml',
  yml: 'yaml',
  properties: 'properties',
  json: 'json',
  toml: 'toml',
  xml: 'xml',
  html: 'html',
}

/** A file has nothing but its name to tell what it is. */
export function metaOf(path: string): DocumentMeta {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  return { type: (Object.hasOwn(types, ending) ? types[ending] : undefined) ?? 'text' }
}
