import { CutoverError } from '../../core/errors.ts'

/** One value of a document with the bytes it stands in. */
export interface Leaf {
  /** Dotted, as Spring flattens it: nested and dotted keys give the same path, list items are `[0]`. */
  readonly path: string
  /** Which of several documents in the text it is in, from 0. */
  readonly document: number
  /** True: a later value of the same document takes its place, as the reader of that format does it. */
  readonly overridden?: true | undefined
  /** Decoded, as a service sees it. */
  readonly value: string
  /** Where its text stands: UTF-16 offsets into the document, end exclusive. */
  readonly start: number
  readonly end: number
  /** Why its bytes must not be replaced; absent: they may. */
  readonly obstacle?: string | undefined
  /** The text that stands for another value in this place. @throws CutoverError when there is none. */
  textFor(value: string): string
}

/** Every value of a document, in the order of its text. */
export type Scan = (content: string) => readonly Leaf[]

/** `12:5`, counted from 1. */
export function placeOf(content: string, offset: number): string {
  const before = content.slice(0, offset)
  const line = before.split(/\r\n|\r|\n/).length
  const lineStart = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1
  // A byte order mark is not something an editor shows as a column.
  const mark = lineStart === 0 && before.startsWith('\uFEFF') ? 1 : 0
  return `${line}:${offset - lineStart - mark + 1}`
}

/** A refusal that names the place and never the text that stands there. */
export function refuseAt(content: string, offset: number, message: string, hint?: string): CutoverError {
  const where = placeOf(content, offset)
  return new CutoverError('system.refused', `${message} (${where})`, {
    where,
    ...(hint !== undefined && { hint }),
  })
}
