import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { CutoverError } from '../../core/errors.ts'
import type { LogLine, WriteLine, Writer } from '../load/types.ts'

export type WritesById = ReadonlyMap<string, WriteLine>

/** The writes of a load's log by writer and id. @throws `internal` on a line that is not one, or an id written twice. */
export async function readLoadLog(file: string): Promise<Readonly<Record<Writer, WritesById>>> {
  const writes = { orders: new Map(), billing: new Map(), stock: new Map() } satisfies Record<
    Writer,
    Map<string, WriteLine>
  >
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })
  let number = 0
  for await (const text of lines) {
    number += 1
    const line = parseLine(text, `${file}:${number}`)
    if (line.type !== 'write') continue
    const known: Map<string, WriteLine> = writes[line.on]
    if (known.has(line.id))
      throw new CutoverError('internal', `${line.id} is in the log twice`, { where: file })
    known.set(line.id, line)
  }
  return writes
}

function parseLine(text: string, where: string): LogLine {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    throw new CutoverError('internal', 'A line of the load log is not JSON: the load was cut off.', {
      where,
      hint: 'Start the rehearsal again.',
    })
  }
}
