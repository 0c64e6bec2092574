/**
 * Does any value go into the text as it is (the driver's `raw`)? Then the text with its placeholders does not tell what
 * the statement does. Looked for as deep as the driver writes values out: lists of lists, and objects in them.
 */
export function hasRawValue(values: unknown, depth = 0): boolean {
  if (typeof values !== 'object' || values === null || depth > 3) return false
  if ('toSqlString' in values) return true
  if (Array.isArray(values)) {
    for (const value of values) if (hasRawValue(value, depth + 1)) return true
    return false
  }
  if (ArrayBuffer.isView(values) || values instanceof Date) return false
  return Object.values(values).some((value) => hasRawValue(value, depth + 1))
}
