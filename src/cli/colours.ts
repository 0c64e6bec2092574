/** Colours only on a terminal, and never when NO_COLOR is set to something. */
export function colours(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && !process.env['NO_COLOR']
}
