/** What the kit keeps of a driver's error. Never its SQL text or parameters. */
export interface DriverError {
  /** Number of an error packet of the server; undefined for an error made by the client. */
  readonly errno: number | undefined
  /** Code of a client-side error such as PROTOCOL_CONNECTION_LOST. Says nothing about server errors. */
  readonly code: string | undefined
  readonly name: string
  /** The server's own message, or the client's. */
  readonly message: string
  readonly syscall: string | undefined
  /** Set by drivers on errors that end the connection. */
  readonly fatal: boolean
  /** Where it was found: `error`, `error.cause`, `error.meta.driverAdapterError.cause`. */
  readonly path: string
}

type Fields = Readonly<Record<string, unknown>>

const wrappers = ['cause', 'original', 'parent', 'driverError', 'originalError', 'nativeError'] as const
const maxDepth = 8
// A wrapper may carry thousands of parts; the walk runs inside a request.
const maxNodes = 200

/**
 * Every error inside `error`, nearest first: wrappers of ORMs, aggregates, `cause` chains. Goes by shape, never by
 * `instanceof`, because two copies of a driver and errors of another realm are normal.
 */
export function findDriverErrors(error: unknown): readonly DriverError[] {
  const found: DriverError[] = []
  const seen = new Set<object>()
  let level: (readonly [path: string, node: unknown])[] = [['error', error]]
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth++) {
    const next: typeof level = []
    for (const [path, node] of level) {
      if (!isFields(node) || seen.has(node) || seen.size >= maxNodes) continue
      seen.add(node)
      found.push(...describe(node, path))
      next.push(...inner(node, path))
    }
    level = next
  }
  return found
}

function inner(node: Fields, path: string): (readonly [string, unknown])[] {
  const parts: (readonly [string, unknown])[] = wrappers.map((key) => [`${path}.${key}`, read(node, key)])
  const meta = read(node, 'meta')
  if (isFields(meta)) {
    const adapterError = read(meta, 'driverAdapterError')
    parts.push([`${path}.meta.driverAdapterError`, adapterError])
  }
  const errors = read(node, 'errors')
  if (Array.isArray(errors)) errors.forEach((part, index) => parts.push([`${path}.errors[${index}]`, part]))
  if (read(node, 'name') === 'SuppressedError') {
    parts.push([`${path}.error`, read(node, 'error')], [`${path}.suppressed`, read(node, 'suppressed')])
  }
  return parts
}

function describe(node: Fields, path: string): DriverError[] {
  const errno = serverErrno(node)
  const code = read(node, 'code')
  const message = [read(node, 'sqlMessage'), read(node, 'originalMessage'), read(node, 'message')].find(
    (text) => typeof text === 'string',
  )
  const one: DriverError = {
    errno,
    code: typeof code === 'string' ? code : undefined,
    name: textOf(read(node, 'name')) ?? '',
    message: textOf(message) ?? '',
    syscall: textOf(read(node, 'syscall')),
    fatal: read(node, 'fatal') === true,
    path,
  }
  return [...masked(one), one]
}

/** The number of an error packet, wherever the driver or the ORM put it. */
function serverErrno(node: Fields): number | undefined {
  const errno = read(node, 'errno')
  const hasState =
    textOf(read(node, 'sqlState')) !== undefined || textOf(read(node, 'sqlMessage')) !== undefined
  if (typeof errno === 'number' && errno > 0 && hasState) return errno
  // An unsolicited error packet: mysql2 leaves errno out and puts the number into `code`.
  const code = read(node, 'code')
  if (typeof code === 'number' && code >= 1000 && read(node, 'fatal') !== undefined) return code
  if (typeof code === 'number' && code >= 1000 && hasState) return code
  // Prisma's adapters: { kind, originalCode, originalMessage }.
  const original = read(node, 'originalCode')
  return typeof original === 'string' && /^\d{4,5}$/.test(original) ? Number(original) : undefined
}

/** The MariaDB connector hides the reason of a failed login in the text of its pool's timeout. */
function masked(error: DriverError): DriverError[] {
  const match = /\(conn:-?\d+, no: (\d{4}), SQLState: \w{5}\)/.exec(error.message)
  if (match === null || error.errno === Number(match[1])) return []
  return [{ ...error, errno: Number(match[1]), path: `${error.path}.message` }]
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

// A getter of a foreign error may throw; that must not replace the error being looked at.
function read(node: Fields, key: string): unknown {
  try {
    return node[key]
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
