// Only what the engine itself writes: a message may hold lines that look nearly like that.
const place = String.raw`(?:(?:file:\/\/|node:|\/|[A-Za-z]:\\)[^\n'"()]*:\d+:\d+|<anonymous>|index \d+|native)`
const frame = new RegExp(String.raw`^ {4}at (?:[^\n'"]{1,200} \(${place}\)|(?:async )?${place})$`)
const frameCount = 30

/**
 * Where an error was made, without its message: query builders put whole statements with their values in front of the
 * stack. Undefined when it has none.
 */
export function stackFrames(stack: unknown): string | undefined {
  if (typeof stack !== 'string') return undefined
  const lines = stack.split('\n')
  // The message comes first, so its lines are not among those that end the text.
  const lastOther = lines.findLastIndex((line) => !line.startsWith('    at '))
  const frames = lines.slice(lastOther + 1).filter((line) => frame.test(line))
  return frames.length === 0 ? undefined : frames.slice(0, frameCount).join('\n')
}
