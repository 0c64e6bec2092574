import type { Readable } from 'node:stream'

/**
 * Calls `onLine` for each line of at most `limit` characters, and `onTooLong` once, and nothing after it, when a line
 * gets longer: whoever is on the other side must not fill the memory.
 */
export function boundedLines(
  stream: Readable,
  limit: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): void {
  let rest = ''
  let isOver = false
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    if (isOver) return
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    isOver = rest.length > limit || lines.some((line) => line.length > limit)
    if (isOver) return onTooLong()
    for (const line of lines) onLine(line)
  })
}
