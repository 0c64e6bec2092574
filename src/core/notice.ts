/**
 * The JSON document in the config center that tells services what is happening.
 * It shapes what users see and nothing else: the fence keeps the data right whether or not anybody reads it.
 */
export const noticePhases = ['armed', 'upgrading', 'holding', 'done', 'undone'] as const
export type NoticePhase = (typeof noticePhases)[number]

export interface Notice {
  readonly kind: 'cutover-notice'
  readonly version: 1
  readonly runId: string
  /** A notice with a lower epoch than one already seen is old and is ignored. */
  readonly epoch: number
  readonly phase: NoticePhase
  /** Names of the services it is meant for. */
  readonly services: readonly string[]
  /** When this phase began, ISO 8601 in UTC. */
  readonly since: string
  /** Not valid after this moment, ISO 8601 in UTC: a notice of a runner that died must not last. */
  readonly until: string
  /** When writes are expected to work again, seconds from `since`: the Retry-After of the answer. */
  readonly retryAfterSeconds: number
  /** Text for users per language tag; the service library has its own when a language is missing. */
  readonly message?: Readonly<Record<string, string>> | undefined
  /** By service: the document with the datasource it is going to have. A pool opens it ahead of the switch. */
  readonly staged?: Readonly<Record<string, StagedDocument>> | undefined
  /** How writes are held; phase `holding` only. */
  readonly hold?: HoldOrder | undefined
}

/** A document in the config center that is not in use yet, in the version that is meant. */
export interface StagedDocument {
  readonly group: string
  readonly dataId: string
  readonly etag: string
}

export interface HoldOrder {
  /** The moment all gates close together, ISO 8601 in UTC. */
  readonly at: string
  /** From then on: how long units of work that had begun may take to end, milliseconds. */
  readonly drainMs: number
  /**
   * What becomes of those that take longer. `keep`: they go on, the instance does not report itself drained, and the
   * runner gives the pause up. `end`: their connections are closed and they fail, except one whose COMMIT is under way.
   */
  readonly late: 'keep' | 'end'
  /** From `at` on: how long a write is held at most before it is answered "upgrading", milliseconds. */
  readonly limitMs: number
}

/**
 * What each field must hold. Checked by hand: every service reads notices, and a schema library would lengthen the
 * start of each of them, which stands in the pause of a cutover by restarts.
 */
const checks: { readonly [Field in keyof Notice]-?: (value: unknown) => boolean } = {
  kind: (value) => value === 'cutover-notice',
  version: (value) => value === 1,
  runId: isText,
  epoch: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  phase: (value) => noticePhases.some((phase) => phase === value),
  services: (value) => Array.isArray(value) && value.every(isText),
  since: isMoment,
  until: isMoment,
  retryAfterSeconds: (value) => Number.isSafeInteger(value) && (value as number) > 0,
  message: (value) => value === undefined || (isObject(value) && Object.values(value).every(isText)),
  staged: (value) => value === undefined || (isObject(value) && Object.values(value).every(isStaged)),
  hold: (value) => value === undefined || isHold(value),
}

/** Reads a notice's text; undefined when it is not one (a foreign document must not open or close anything). */
export function parseNotice(text: string): Notice | undefined {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    return undefined // not JSON
  }
  if (!isObject(found)) return undefined
  const fields = found
  if (!Object.entries(checks).every(([name, holds]) => holds(fields[name]))) return undefined
  // Fields of a later version of the kit are left behind.
  const known = Object.entries(fields).filter(([name]) => Object.hasOwn(checks, name))
  return Object.fromEntries(known) as unknown as Notice
}

function isStaged(value: unknown): boolean {
  return isObject(value) && isText(value['group']) && isText(value['dataId']) && isText(value['etag'])
}

function isHold(value: unknown): boolean {
  return (
    isObject(value) &&
    isMoment(value['at']) &&
    isDuration(value['drainMs']) &&
    (value['late'] === 'keep' || value['late'] === 'end') &&
    isDuration(value['limitMs'])
  )
}

function isDuration(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

/** A day that does not exist, such as 30 February, is none: the engine would make another day of it. */
function isMoment(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(value)) return false
  const moment = Date.parse(value)
  return !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(value.slice(0, 16))
}
