/** Every failure the kit reports. Each code has one meaning; the message says what happened and where. */
export type ErrorCode =
  /** The playbook text or its values are wrong. */
  | 'playbook.invalid'
  /** A command-line option or an environment variable is missing or wrong. */
  | 'usage'
  /** A secret reference could not be resolved. */
  | 'secret.unresolved'
  /** A system could not be reached at all; nothing was sent. */
  | 'system.unreachable'
  /** A system refused the kit's credential. */
  | 'system.unauthenticated'
  /** The kit's credential lacks a right it needs. */
  | 'system.forbidden'
  /** A system answered with something the kit cannot accept. */
  | 'system.refused'
  /** The request may or may not have taken effect and reading did not settle it. */
  | 'system.ambiguous'
  /** The server cannot do what was asked (version, flavour, capability). */
  | 'system.unsupported'
  /** Somebody else changed the thing in between; nothing was overwritten. */
  | 'conflict'
  /** A gate is closed and waiting cannot help. */
  | 'gate.closed'
  /** The pause does not fit into its window any more. */
  | 'window.closed'
  /** A wait reached its deadline. */
  | 'deadline'
  /** A step ran but its wanted state is not true. */
  | 'verify.failed'
  /** A service instance did not come up, or a smoke request failed. */
  | 'service.unhealthy'
  | 'smoke.failed'
  /** A command ended with a non-zero status. */
  | 'command.failed'
  /** The journal cannot be written or read. */
  | 'journal.unusable'
  /** Another run holds the lock. */
  | 'locked'
  /** The operator stopped the run, or there was no terminal to ask. */
  | 'operator.declined'
  | 'interrupted'
  /** The world is not what the approved plan saw. */
  | 'plan.drift'
  /** A defect of the kit itself. */
  | 'internal'

export interface ErrorDetails {
  /** What to type or do next, one sentence. */
  readonly hint?: string
  /** Where it happened: a system name, host:port, file:line:column, step id. */
  readonly where?: string
  /** Only errors whose message is known to be free of secrets; third-party errors are rebuilt first. */
  readonly cause?: unknown
}

// Symbol.for: a service may hold two copies of the package, and instanceof would then lie.
const brand = Symbol.for('cutover-kit.error')

/** The one error class. `code` decides, the message is for people, `hint` is the next thing to do. */
export class CutoverError extends Error {
  override readonly name = 'CutoverError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly where: string | undefined
  readonly [brand] = true

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.hint = details.hint
    this.where = details.where
  }
}

export function isCutoverError(value: unknown): value is CutoverError {
  return typeof value === 'object' && value !== null && brand in value
}

/** Turns anything thrown into a CutoverError; what the kit did not expect becomes `internal`. */
export function toCutoverError(value: unknown): CutoverError {
  if (isCutoverError(value)) return value
  if (value instanceof Error) return new CutoverError('internal', value.message, { cause: value })
  return new CutoverError('internal', String(value))
}
