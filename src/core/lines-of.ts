import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/**
 * Calls `onLine` for each line that comes. The stream's errors stay the business of whoever listens to the stream:
 * readline emits them once more on itself, where nobody listening would end the process.
 */
export function linesOf(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream })
    .on('line', onLine)
    .on('error', () => undefined)
}
