import type { DocumentVersion } from '../../core/ports/config-center.ts'
import { fieldOf, textOf } from '../shared/json-fields.ts'
import type { HttpAnswer } from '../shared/http-message.ts'
import { nameIn, refusal, timeOf } from './answers.ts'

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
 * @throws CutoverError when it is no list of rows with ids.
 */
export function versionsOf(
  rows: unknown,
  timeField: string,
  answer: HttpAnswer,
  dataId: string,
): readonly DocumentVersion[] {
  const isWhole = answer.status === 200 && Array.isArray(rows) && rows.every((row) => idOf(row) !== '')
  if (!isWhole) throw refusal(answer, `list the history of ${dataId}`)
  const formal = rows.filter((row) => !isGray(row))
  return formal.map((row) => {
    const letter = textOf(row, 'opType').trim()
    const { operation, keeps } = Object.hasOwn(changes, letter)
      ? changes[letter as keyof typeof changes]
      : unknownChange
    return { id: idOf(row), at: timeOf(row, timeField), by: nameIn(row, 'srcUser'), operation, keeps }
  })
}

function idOf(row: unknown): string {
  const id = fieldOf(row, 'id')
  return typeof id === 'string' || typeof id === 'number' ? String(id) : ''
}
