import type { GateErrorReason } from './gate/gate-error.ts'
import { gateReason } from './gate-reason.ts'
import type { ErrorNode, Fields } from './walk-error.ts'
import { readField, readList, walkError } from './walk-error.ts'

/** What the kit keeps of an error of a driver, a pool or the gate. Never its SQL text or parameters. */
export interface DriverError {
  /** Number of an error packet of the server; undefined for an error made by the client. */
  readonly errno: number | undefined
  /** Number of an error that the MariaDB connector made itself: 45000 to 45999. */
  readonly connectorErrno: number | undefined
  /** Code of a client-side error such as PROTOCOL_CONNECTION_LOST. Says nothing about server errors. */
  readonly code: string | undefined
  readonly name: string
  /** The server's own message, or the client's; cut off where it gets long. */
  readonly message: string
  readonly syscall: string | undefined
  /** Set by drivers on errors that end the connection. */
  readonly fatal: boolean
  /** It came in answer to a statement, not to a login. */
  readonly ofStatement: boolean
  /** It wraps another error, or carries the parameters of a statement: its message is not the driver's. */
  readonly isWrapper: boolean
  /** The gate of the kit's pool made it. */
  readonly gate: GateErrorReason | undefined
  /** Where it was found: `error`, `error.cause`, `error.meta.driverAdapterError.cause`. */
  readonly path: string
}

// Drivers' own messages are far shorter; query builders put whole statements in front.
const messageEnd = 2000

/** Every error inside `error`, nearest first. Never throws. */
export function findDriverErrors(error: unknown): readonly DriverError[] {
  return walkError(error).flatMap((found) => describe(found))
}

function describe({ node, path }: ErrorNode): DriverError[] {
  const number = packetErrno(node)
  const isConnector = number !== undefined && number >= 45_000 && number < 46_000
  const code = readField(node, 'code')
  const one: DriverError = {
    errno: isConnector ? undefined : number,
    connectorErrno: isConnector ? number : undefined,
    code: typeof code === 'string' ? code : undefined,
    name: textOf(node, 'name') ?? '',
    message: messageOf(node).slice(-messageEnd),
    syscall: syscallOf(node),
    fatal: readField(node, 'fatal') === true,
    ofStatement: (textOf(node, 'sql') ?? '') !== '',
    isWrapper: readField(node, 'cause') !== undefined || readField(node, 'params') !== undefined,
    gate: gateReason(node),
    path,
  }
  return isConnector ? [...masked(one, node), one] : [one]
}

function messageOf(node: Fields): string {
  const texts = ['sqlMessage', 'originalMessage', 'message'].map((key) => textOf(node, key))
  return texts.find((text) => text !== undefined) ?? ''
}

/** The number of an error packet, wherever the driver or the ORM put it. */
function packetErrno(node: Fields): number | undefined {
  const errno = readField(node, 'errno')
  const hasState = textOf(node, 'sqlState') !== undefined || textOf(node, 'sqlMessage') !== undefined
  if (typeof errno === 'number' && errno > 0 && hasState) return errno
  // An unsolicited error packet: mysql2 leaves errno out and puts the number into `code`.
  const code = readField(node, 'code')
  if (typeof code === 'number' && code >= 1000 && (readField(node, 'fatal') !== undefined || hasState)) {
    return code
  }
  // Prisma's adapters: { kind, originalCode, originalMessage }.
  const original = textOf(node, 'originalCode')
  return original !== undefined && /^\d{4,5}$/.test(original) ? Number(original) : undefined
}

/** Node tells several addresses that were tried in vain in an aggregate without a syscall of its own. */
function syscallOf(node: Fields): string | undefined {
  const own = textOf(node, 'syscall')
  if (own !== undefined) return own
  const parts = readList(node, 'errors').map((part) => textOf(Object(part) as Fields, 'syscall'))
  return parts.length > 0 && parts.every((syscall) => syscall === 'connect') ? 'connect' : undefined
}

/** The MariaDB connector hides the reason of a failed login in a text beside its pool's timeout. */
function masked(error: DriverError, node: Fields): DriverError[] {
  const text = `${error.message} ${textOf(node, 'cause')?.slice(0, messageEnd) ?? ''}`
  const match = /\(conn:-?\d{1,20}, no: (\d{4}), SQLState: \w{5}\)/.exec(text)
  if (match === null) return []
  const hidden = { errno: Number(match[1]), connectorErrno: undefined, message: text }
  return [{ ...error, ...hidden, path: `${error.path}.message` }]
}

function textOf(node: Fields, key: string): string | undefined {
  const value = readField(node, key)
  return typeof value === 'string' ? value : undefined
}
