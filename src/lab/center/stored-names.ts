import { createHash } from 'node:crypto'
import type { DocumentKey } from './document-rows.ts'

export function md5Of(content: string): string {
  return createHash('md5').update(content, 'utf8').digest('hex')
}

/** One text for the three parts of a key. */
export function nameOf(key: DocumentKey): string {
  return JSON.stringify([key.tenant, key.group, key.dataId])
}
