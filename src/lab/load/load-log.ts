import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { LogLine } from './types.ts'

/** An append-only JSONL file, buffered. */
export interface LoadLog {
  add(line: LogLine): void
  /** Resolves when everything is with the operating system. */
  close(): Promise<void>
}

/** Opens the file anew. @throws the file system's error when it cannot be written. */
export async function openLoadLog(file: string): Promise<LoadLog> {
  const stream = createWriteStream(file, { flags: 'w', highWaterMark: 256 * 1024 })
  await once(stream, 'open')
  return {
    add: (line) => void stream.write(`${JSON.stringify(line)}\n`),
    async close() {
      stream.end()
      await once(stream, 'close')
    },
  }
}
