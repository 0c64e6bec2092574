import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redactor } from '../core/redact.ts'

const tailBytes = 4096
// Redaction comes before cutting, and needs whole secrets.
const readBytes = 65_536

/** A file only this process and its children can reach: the name is removed at once. */
export async function openOutputFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `cutover-output-${randomUUID()}`)
  // Appending, so that both streams of a program never overwrite each other.
  const file = await open(path, 'ax+', 0o600)
  await rm(path)
  return file
}

/** The last 4 KiB, redacted. */
export async function readTail(file: FileHandle, redactor: Redactor): Promise<string> {
  const { size } = await file.stat()
  const start = Math.max(0, size - readBytes)
  const buffer = Buffer.alloc(size - start)
  await file.read(buffer, 0, buffer.length, start)
  const redacted = Buffer.from(redactor.redact(buffer.toString('utf8')))
  if (redacted.length <= tailBytes) return redacted.toString('utf8')
  // A character cut in half at the front becomes a replacement character.
  return redacted.subarray(-tailBytes).toString('utf8').replace(/^�+/, '')
}
