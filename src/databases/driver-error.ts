/** What the kit keeps of an error of mysql2: its other fields (`sql`, `message`) hold statements and data. */
export interface DriverError {
  readonly errno: number | undefined
  /** The driver's own code for errors that no server sent, such as ECONNREFUSED. */
  readonly code: string | undefined
  /** Privileges or verbs that the server named as missing. */
  readonly missing: string | undefined
  /** The server option that prevented the statement (1290), with its dashes. */
  readonly option: string | undefined
}

/** Reads the allowed fields of anything that mysql2 threw. */
export function readDriverError(error: unknown): DriverError {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  const text = typeof fields['sqlMessage'] === 'string' ? fields['sqlMessage'] : ''
  // An error packet outside of a command has its number in `code`.
  const errno = [fields['errno'], fields['code']].find((value) => typeof value === 'number' && value >= 1000)
  const code = typeof fields['code'] === 'string' ? fields['code'] : undefined
  return {
    errno: errno as number | undefined,
    code: code ?? closedStateCode(fields['message']),
    missing: /at least one of\) the ([A-Z_, a-z]+?) privilege/.exec(text)?.[1] ?? refusedVerb(text),
    option: /running with the (--[a-z-]+)/.exec(text)?.[1],
  }
}

/** The code the kit gives to mysql2's code-less "closed state" error: the command was not sent. */
export const notSent = 'NOT_SENT'

function closedStateCode(message: unknown): string | undefined {
  return typeof message === 'string' && message.includes('closed state') ? notSent : undefined
}

function refusedVerb(text: string): string | undefined {
  return /^([A-Z][A-Z ,]*(?:with locking clause)?) command denied/.exec(text)?.[1]
}

const lostCodes = new Set(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', notSent])
const lostNumbers = new Set([1053, 1927, 3169, 4031])

/** The connection is gone: whether the statement took effect is open, unless it was never sent. */
export function isConnectionLoss({ errno, code }: DriverError): boolean {
  return (errno !== undefined && lostNumbers.has(errno)) || (code !== undefined && lostCodes.has(code))
}
