/** About how much memory a statement keeps while it is held: its text and its values, one level deep. */
export function heldBytes(sql: unknown, values: unknown): number {
  const text = typeof sql === 'string' ? sql.length : 256
  if (!Array.isArray(values)) return 512 + text + sizeOf(values)
  return values.reduce<number>((sum, value) => sum + sizeOf(value), 512 + text)
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length * 2
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (Array.isArray(value)) return value.length * 64
  return 16
}
