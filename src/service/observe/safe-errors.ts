import type { SafeError } from './describe-error.ts'
import { describeError } from './describe-error.ts'

/** The options of pino that keep statements, values and settings out of its lines; to be spread into its own. */
export interface SafeErrorOptions {
  readonly serializers: Readonly<Record<string, (error: unknown) => unknown>>
  readonly formatters: { log(fields: Record<string, unknown>): Record<string, unknown> }
  readonly hooks: {
    logMethod(this: unknown, given: unknown[], method: (...given: unknown[]) => void): void
  }
}

const described = new WeakSet<SafeError>()

/**
 * For pino 7 and later: `pino({ ...safeErrors() })`. Its own serializer copies every field of an error, and takes the
 * error's message as the message of the line when none is given; both hold statements with their values. With these
 * options an error in any field of a line, and in the line's message, is what {@link describeError} says of it. Errors
 * deeper inside the fields are not looked for.
 * @param errorKey pino's option of that name.
 */
export function safeErrors(errorKey = 'err'): SafeErrorOptions {
  return {
    serializers: { [errorKey]: safeErr },
    formatters: { log: safeFields },
    hooks: {
      logMethod(given, method) {
        const [first, ...rest] = given
        const error = isError(first) ? first : fieldOf(first, errorKey)
        // Without a message pino takes the error's.
        if (rest[0] === undefined && isError(error)) return method.call(this, first, say(error))
        method.call(this, first, ...rest.map((value) => (isError(value) ? say(value) : value)))
      },
    },
  }
}

/**
 * A serializer for one field of a logger, such as pino's `err`: what is no error stays as it is. On its own it does not
 * keep an error's message out of the line's message, see {@link safeErrors}.
 */
export function safeErr(error: unknown): unknown {
  if (!isError(error) || described.has(error as unknown as SafeError)) return error
  const safe = describeError(error)
  described.add(safe)
  return safe
}

function say(error: unknown): string {
  const { type, message } = describeError(error)
  return `${type}: ${message}`
}

function safeFields(fields: Record<string, unknown>): Record<string, unknown> {
  if (!Object.values(fields).some(isError)) return fields
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, safeErr(value)]))
}

function fieldOf(fields: unknown, key: string): unknown {
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>)[key] : undefined
}

/** Errors of another realm too, and what some drivers throw instead of one. */
function isError(value: unknown): value is Error {
  if (value instanceof Error) return true
  if (typeof value !== 'object' || value === null) return false
  const { message, stack, sqlMessage } = value as Record<string, unknown>
  return typeof message === 'string' && (typeof stack === 'string' || typeof sqlMessage === 'string')
}
