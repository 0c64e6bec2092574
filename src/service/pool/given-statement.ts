import type { Command } from './driver.ts'

/** What a caller gives instead of a text: an object with both. */
export interface Given {
  readonly sql?: unknown
  readonly values?: unknown
}

/** True: the caller has made the driver's command itself. */
export function isCommand(sql: unknown): sql is Command {
  return typeof sql === 'object' && sql !== null && 'onResult' in sql
}

/** '' when there is none. */
export function textOf(sql: unknown): string {
  const text = (sql as Given | null)?.sql
  return typeof text === 'string' ? text : ''
}
