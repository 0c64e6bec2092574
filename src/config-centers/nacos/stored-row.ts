import { nameIn, timeOf } from './answers.ts'
import { textOf } from '../shared/json-fields.ts'
import type { StoredRow } from './nacos-api.ts'

/** Reads the row of a document as administrators see it; every line of servers names these fields alike. */
export function storedRowOf(row: unknown, extras: StoredRow['extras'] = {}): StoredRow {
  return {
    content: textOf(row, 'content'),
    etag: textOf(row, 'md5'),
    meta: {
      type: textOf(row, 'type') || undefined,
      description: textOf(row, 'desc') || undefined,
      appName: textOf(row, 'appName') || undefined,
      tags: textOf(row, 'configTags') || undefined,
    },
    modifiedAt: timeOf(row, 'modifyTime'),
    modifiedBy: nameIn(row, 'createUser'),
    extras,
  }
}
