import type { DocumentVersion } from '../../core/ports/config-center.ts'
import { fieldOf, textOf } from '../shared/json-fields.ts'
import { timeOf } from './answers.ts'

// The server pads the letter with blanks. The row of an insertion holds the new text, the others the old one.
const changes = {
  I: { operation: 'insert', keeps: 'after' },
  U: { operation: 'update', keeps: 'before' },
  D: { operation: 'delete', keeps: 'before' },
} as const

const unknownChange = { operation: 'unknown', keeps: 'before' } as const

/**
 * Reads rows of a document's history.
 * @param timeField the field that holds the time of the change; the other one is the same moment in 2010 in every row.
 */
export function versionsOf(rows: readonly unknown[], timeField: string): readonly DocumentVersion[] {
  return rows.map((row) => {
    const letter = textOf(row, 'opType').trim()
    const { operation, keeps } = changes[letter as keyof typeof changes] ?? unknownChange
    const id = String(fieldOf(row, 'id'))
    return { id, at: timeOf(row, timeField), by: textOf(row, 'srcUser'), operation, keeps }
  })
}
