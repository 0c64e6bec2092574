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

/** How many rows of a document's history are asked for: the most a server gives at once. */
export const versionsAsked = '500'

/** From 2.5 on the changes of gray versions stand in the same list; what they hold was never everybody's. */
export function isGray(row: unknown): boolean {
  return textOf(row, 'publishType').trim() === 'gray'
}

/**
 * Reads rows of a document's history, without those of gray versions.
 * @param timeField the field that holds the time of the change; the other one is the same moment in 2010 in every row.
 */
export function versionsOf(rows: readonly unknown[], timeField: string): readonly DocumentVersion[] {
  const formal = rows.filter((row) => !isGray(row))
  return formal.map((row) => {
    const letter = textOf(row, 'opType').trim()
    const { operation, keeps } = changes[letter as keyof typeof changes] ?? unknownChange
    const id = String(fieldOf(row, 'id'))
    return { id, at: timeOf(row, timeField), by: textOf(row, 'srcUser'), operation, keeps }
  })
}
