export type Fields = Readonly<Record<string, unknown>>

/** One object inside a thrown value, and where it is: `error`, `error.cause`, `error.errors[1]`. */
export interface ErrorNode {
  readonly path: string
  readonly node: Fields
}

const wrappers = ['cause', 'original', 'parent', 'driverError', 'originalError', 'nativeError'] as const
const maxDepth = 8
// A wrapper may carry thousands of parts; the walk runs inside a request.
const maxNodes = 200

/**
 * Every object inside `error` that may be an error, nearest first: wrappers of ORMs, aggregates, `cause` chains. Goes
 * by shape, never by `instanceof`, because two copies of a driver and errors of another realm are normal. Never throws.
 */
export function walkError(error: unknown): readonly ErrorNode[] {
  const found: ErrorNode[] = []
  const seen = new Set<object>()
  let level: (readonly [path: string, node: unknown])[] = [['error', error]]
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth++) {
    const next: typeof level = []
    for (const [path, node] of level) {
      if (!isFields(node) || seen.has(node) || seen.size >= maxNodes) continue
      seen.add(node)
      found.push({ path, node })
      next.push(...inner(node, path))
    }
    level = next
  }
  return found
}

function inner(node: Fields, path: string): (readonly [string, unknown])[] {
  const parts: (readonly [string, unknown])[] = wrappers.map((key) => [
    `${path}.${key}`,
    readField(node, key),
  ])
  const meta = readField(node, 'meta')
  if (isFields(meta)) {
    parts.push([`${path}.meta.driverAdapterError`, readField(meta, 'driverAdapterError')])
  }
  for (const [index, part] of readList(node, 'errors').entries()) {
    parts.push([`${path}.errors[${index}]`, part])
  }
  if (readField(node, 'name') === 'SuppressedError') {
    parts.push([`${path}.error`, readField(node, 'error')])
    parts.push([`${path}.suppressed`, readField(node, 'suppressed')])
  }
  return parts
}

/** The first elements of a list, however long or strange it is. */
export function readList(node: Fields, key: string): readonly unknown[] {
  const list = readField(node, key)
  if (!isList(list)) return []
  const length = readField(list, 'length')
  const count = typeof length === 'number' ? Math.min(length, maxNodes) : 0
  return Array.from({ length: count }, (_, index) => readField(list, String(index)))
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

/** A field of a foreign object. Its getter may throw; that must not replace the error being looked at. */
export function readField(node: Fields, key: string | symbol): unknown {
  try {
    return (node as Readonly<Record<string | symbol, unknown>>)[key]
  } catch {
    return undefined
  }
}

function isList(value: unknown): value is Fields {
  try {
    return Array.isArray(value)
  } catch {
    // A revoked proxy.
    return false
  }
}
