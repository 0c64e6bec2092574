import { gateStates, type InstanceStatus } from '../core/instance-status.ts'
import { noticePhases } from '../core/notice.ts'

type Check = (value: unknown) => boolean
type Fields = Readonly<Record<string, Check>>
/** A new field does not compile until it is checked here. */
type Checks<T> = { readonly [Field in keyof T]-?: Check }

/** What each field of a status must hold. Later versions of the library may send more. */
const status: Checks<InstanceStatus> = {
  kind: (value) => value === 'cutover-instance',
  version: (value) => value === 1,
  service: isText,
  instance: isText,
  now: isMoment,
  notice: () => true,
  gate: (value) => gateStates.some((state) => state === value),
  refusal: (value) => typeof value === 'string',
  generation: isCount,
  datasource: (value) => typeof value === 'string',
  next: () => true,
  writes: () => true,
  errors: () => true,
}
const notice: Checks<NonNullable<InstanceStatus['notice']>> = {
  runId: isText,
  epoch: isCount,
  phase: (value) => noticePhases.some((phase) => phase === value),
  holdAt: (value) => value === null || isMoment(value),
}
const next: Checks<NonNullable<InstanceStatus['next']>> = {
  etag: isText,
  datasource: (value) => typeof value === 'string',
  ready: (value) => typeof value === 'boolean',
  problems: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
}
const writes: Checks<InstanceStatus['writes']> = {
  running: isCount,
  oldestMs: isAmount,
  held: isCount,
  heldBytes: isCount,
  released: isCount,
  expired: isCount,
  rejected: isCount,
  abandoned: isCount,
}
const errors: Checks<InstanceStatus['errors']> = { mapped: isCount, passed: isCount, unknown: isCount }

/** Longest list of problems, and longest sentence in it, that is passed on to people. */
const problemsShown = 20
const problemLength = 500

/** The status in a body, or the first field that is wrong, such as `writes.running`. */
export function parseInstanceStatus(
  body: string,
): { readonly ok: true; readonly status: InstanceStatus } | { readonly ok: false; readonly field: string } {
  const found = parse(body)
  const field =
    wrongField(found, status, '') ??
    wrongField(partOf(found, 'notice'), notice, 'notice', true) ??
    wrongField(partOf(found, 'next'), next, 'next', true) ??
    wrongField(partOf(found, 'writes'), writes, 'writes') ??
    wrongField(partOf(found, 'errors'), errors, 'errors')
  if (field !== undefined) return { ok: false, field }
  return { ok: true, status: withShortProblems(found as InstanceStatus) }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined // no JSON: the kind is then what is wrong
  }
}

function wrongField(value: unknown, checks: Fields, path: string, mayBeNull = false): string | undefined {
  if (mayBeNull && value === null) return undefined
  if (path !== '' && !isObject(value)) return path
  const names = Object.entries(checks)
  const wrong = names.find(([name, holds]) => !holds(partOf(value, name)))?.[0]
  if (wrong === undefined) return undefined
  return path === '' ? wrong : `${path}.${wrong}`
}

function withShortProblems(found: InstanceStatus): InstanceStatus {
  if (found.next === null) return found
  const problems = found.next.problems.slice(0, problemsShown).map((text) => text.slice(0, problemLength))
  return { ...found, next: { ...found.next, problems } }
}

function partOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isMoment(value: unknown): boolean {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
  return typeof value === 'string' && form.test(value) && !Number.isNaN(Date.parse(value))
}
