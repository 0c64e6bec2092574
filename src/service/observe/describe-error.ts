import type { ErrorClass } from '../../databases/error-meaning.ts'
import type { Decision } from '../classify.ts'
import { classify } from '../classify.ts'
import type { DriverError } from '../find-driver-errors.ts'
import { findDriverErrors } from '../find-driver-errors.ts'
import type { ErrorNode, Fields } from '../walk-error.ts'
import { readField, walkError } from '../walk-error.ts'
import { sqlFingerprint } from './sql-fingerprint.ts'
import { stackFrames } from './stack-frames.ts'

/** What may be written of an error: nothing in it comes from a statement, its values or a configuration. */
export interface SafeError {
  /** Name of the class of what was thrown, such as `QueryFailedError`. */
  readonly type: string
  /** Of a database error what the kit knows of it, never the server's or the driver's text: that quotes values. */
  readonly message: string
  /** Where what was thrown was made; lines of the stack without the message. */
  readonly stack?: string
  /** The server's number. */
  readonly errno?: number
  readonly sqlState?: string
  /** The driver's or the system's code, such as ECONNRESET. For MariaDB's errors mysql2's is the wrong one. */
  readonly code?: string
  readonly syscall?: string
  /** What it means for the unit of work; see `classify`. */
  readonly class?: ErrorClass
  /** Where inside what was thrown the database error stood, such as `error.cause`. */
  readonly path?: string
  /** The same for each error of one statement, whatever its values. */
  readonly fingerprint?: string
}

/** Fields by which drivers and mappers carry statements, values and settings. */
const carriers = ['sql', 'query', 'params', 'parameters', 'bindings', 'clientVersion', 'meta', 'sqlMessage']

/** Describes whatever was thrown, however a mapper has wrapped it. Never throws. */
export function describeError(error: unknown): SafeError {
  const nodes = walkError(error)
  const top = nodes[0]?.node
  const decision = classify(error)
  const stack = top && stackFrames(readField(top, 'stack'))
  const common = { type: typeOf(top, error), ...(stack !== undefined && { stack }) }
  if (decision.path === undefined && !nodes.some(({ node }) => mayQuote(node))) {
    return { ...common, message: plainMessage(top, error), ...plainCode(top) }
  }
  return {
    ...common,
    message: decision.why,
    class: decision.class,
    ...databaseFields(error, nodes, decision),
  }
}

function databaseFields(
  error: unknown,
  nodes: readonly ErrorNode[],
  decision: Decision,
): Omit<SafeError, 'type' | 'message'> {
  const driver = driverErrorOf(error, decision)
  const node = nodes.find(({ path }) => path === driver?.path)?.node
  const sqlState = node && (word(node, 'sqlState', /^\w{5}$/) ?? word(node, 'state', /^\w{5}$/))
  const code = node && word(node, 'code', /^[A-Z][A-Z0-9_]{2,63}$/)
  const syscall = node && word(node, 'syscall', /^[a-z]{2,20}$/)
  const sql = statementOf(node === undefined ? nodes : [{ path: '', node }, ...nodes])
  return {
    ...(decision.errno !== undefined && { errno: decision.errno }),
    ...(sqlState !== undefined && { sqlState }),
    ...(code !== undefined && { code }),
    ...(syscall !== undefined && { syscall }),
    ...(decision.path !== undefined && { path: decision.path }),
    ...(sql !== undefined && { fingerprint: sqlFingerprint(sql) }),
  }
}

/** The one that decided, else the first that looks like one. */
function driverErrorOf(error: unknown, decision: Decision): DriverError | undefined {
  const found = findDriverErrors(error)
  const decisive = found.find(({ path }) => path === decision.path)
  return decisive ?? found.find(({ errno, code }) => errno !== undefined || code !== undefined)
}

function statementOf(nodes: readonly ErrorNode[]): string | undefined {
  const texts = nodes.flatMap(({ node }) => [readField(node, 'sql'), readField(node, 'query')])
  return texts.find((text): text is string => typeof text === 'string' && text !== '')
}

function mayQuote(node: Fields): boolean {
  const name = readField(node, 'name')
  const ofMapper =
    typeof name === 'string' && /^(?:Sequelize|Prisma|Drizzle|Knex|TypeORM|QueryFailed)/.test(name)
  return ofMapper || carriers.some((key) => readField(node, key) !== undefined)
}

function plainMessage(top: Fields | undefined, error: unknown): string {
  const message = top === undefined ? error : readField(top, 'message')
  // An address with user and password is the one secret that ordinary errors often quote.
  return typeof message === 'string' ? message.replace(/\/\/[^/\s@]*@/g, '//‹credentials›@') : ''
}

function plainCode(top: Fields | undefined): Pick<SafeError, 'code'> {
  const code = top && word(top, 'code', /^[A-Za-z][\w.-]{1,63}$/)
  return code === undefined ? {} : { code }
}

function typeOf(top: Fields | undefined, error: unknown): string {
  if (top === undefined) return typeof error
  const made = readField(top, 'constructor')
  const own =
    typeof made === 'function' ? word(made as unknown as Fields, 'name', /^[A-Z]\w{0,63}$/) : undefined
  return word(top, 'name', /^(?!Error$)[A-Z]\w{0,63}$/) ?? own ?? 'Error'
}

function word(node: Fields, key: string, form: RegExp): string | undefined {
  const value = readField(node, key)
  return typeof value === 'string' && form.test(value) ? value : undefined
}
