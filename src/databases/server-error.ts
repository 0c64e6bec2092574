import { CutoverError, isCutoverError, type ErrorCode } from '../core/errors.ts'
import { isConnectionLoss, readDriverError, type DriverError } from './driver-error.ts'
import { meaningOf } from './error-meaning.ts'
import { formatAddress, type ServerAddress } from './server-address.ts'

/**
 * Rebuilds an error of the driver from its allowed fields.
 *
 * @param doing what was tried, in words: `read its sessions`. Never the statement.
 * @param needs the right that is missing if the server says that one is.
 */
export function serverError(
  error: unknown,
  address: ServerAddress,
  doing: string,
  needs?: string,
): CutoverError {
  if (isCutoverError(error)) return error
  const driver = readDriverError(error)
  const where = `${address.host}:${address.port}`
  const details = { where, hint: hintFor(driver, address, needs) }
  const message = `${formatAddress(address)}: could not ${doing}: ${describe(driver, error)}`
  return new CutoverError(codeFor(driver), message, details)
}

/** `1142 ER_TABLEACCESS_DENIED_ERROR (right on the table missing)`, or the driver's code. */
export function describeDriverError(error: unknown): string {
  return describe(readDriverError(error), error)
}

function describe(driver: DriverError, error: unknown): string {
  if (driver.errno === undefined) return driver.code ?? nameOf(error)
  const meaning = meaningOf(driver.errno)
  const detail = [meaning?.when, driver.missing ?? driver.option]
    .filter((part) => part !== undefined)
    .join(': ')
  return `error ${driver.errno}${meaning === undefined ? '' : ` ${meaning.symbol}`}${detail && ` (${detail})`}`
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error'
}

const unauthenticated = new Set([1045, 1698, 3118, 4151, 1130, 1820, 1862, 1251, 1524, 2059])
const forbidden = new Set([1044, 1142, 1143, 1227, 1370, 1401, 1410])
const unsupported = new Set([1193, 1235, 1286, 1289, 3896])
const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ECONNRESET',
  'EPIPE',
  'PROTOCOL_CONNECTION_LOST',
])

function codeFor(driver: DriverError): ErrorCode {
  const { errno, code } = driver
  if (errno !== undefined && unauthenticated.has(errno)) return 'system.unauthenticated'
  if (errno !== undefined && forbidden.has(errno)) return 'system.forbidden'
  if (errno !== undefined && unsupported.has(errno)) return 'system.unsupported'
  if (isConnectionLoss(driver) || (code !== undefined && unreachable.has(code))) return 'system.unreachable'
  return 'system.refused'
}

function hintFor(driver: DriverError, address: ServerAddress, needs: string | undefined): string {
  const account = `'${address.user}'`
  switch (codeFor(driver)) {
    case 'system.unauthenticated':
      return `Check the user and password of ${address.name} in the playbook, and that ${account} may come from this host.`
    case 'system.forbidden':
      return `Give ${account} on ${address.name} the right: ${needs ?? driver.missing ?? 'see the message'}.`
    case 'system.unreachable':
      return `Check that ${address.host}:${address.port} answers: mysqladmin ping -h ${address.host} -P ${address.port}`
    case 'system.unsupported':
      return `Check the version and settings of ${address.name}.`
    default:
      return driver.errno === 1205
        ? `Somebody holds a lock: look at the process list of ${address.name}.`
        : `Look at the error log and the process list of ${address.name}.`
  }
}
