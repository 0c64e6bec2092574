import type { ErrorCode } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import type { RunEvent } from '../../core/run-event.ts'

/*
 * What goes over a run's control socket: one JSON object per line. The run says `Hello` first. Then the client asks and
 * every `Request` gets one `Reply` with its id; a client that asked to watch also gets `Told` lines. Fields are only ever
 * added, and either side ignores what it does not know.
 */

/** Rises when an older client could misunderstand. */
export const protocolVersion = 1

/** The first line of the run. */
export interface Hello {
  readonly kind: 'cutover-control'
  readonly version: number
  readonly runId: string
  readonly pid: number
}

/** One wish of a client. `do` names the handler; the other fields are its business. */
export interface Request {
  readonly id: number
  readonly do: string
  readonly [field: string]: Json
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: Json }
  | {
      readonly id: number
      readonly ok: false
      readonly code: ErrorCode
      readonly message: string
      readonly hint?: string
    }

/** Something happened in the run. */
export interface Told {
  readonly event: RunEvent
}

/** The object on a line; undefined when it is none. */
export function parseLine(line: string): { readonly [field: string]: Json } | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as { readonly [field: string]: Json })
      : undefined
  } catch {
    return undefined // whatever it was, it is not for us; the caller says so
  }
}
