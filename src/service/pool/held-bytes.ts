// The lease, the driver's command, the promise and where it was asked for; `npm run bench -- pool` measures it.
const withoutText = 2600

/** About how much memory a statement keeps while it is held; of it its text and its values, one level deep. */
export function heldBytes(sql: unknown, values: unknown): number {
  const text = typeof sql === 'string' ? sql.length : 256
  if (!Array.isArray(values)) return withoutText + text + sizeOf(values)
  return values.reduce<number>((sum, value) => sum + sizeOf(value), withoutText + text)
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length * 2
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (Array.isArray(value)) return value.length * 64
  return 16
}
