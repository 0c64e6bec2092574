import { CutoverError } from '../core/errors.ts'
import { startDeadline } from '../core/deadline.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { FoundInstance, GateWish, InstanceReport } from '../core/ports/service-fleet.ts'
import type { Secret } from '../core/secret.ts'
import { getKept, type KeptAnswer } from './kept-request.ts'
import { parseInstanceStatus } from './parse-instance-status.ts'

/** An instance that needs longer to say how it is does not count as answering, milliseconds. */
const answerWithinMs = 2_000

export interface StatusQuestion {
  /** Whose status is expected. */
  readonly service: string
  readonly path: string
  readonly token: Secret
  readonly clock: Clock
  /** Default: the answer is to come at once. */
  readonly wish?: GateWish
}

/** Asks one instance and measures how its clock stands. See the port for what it throws. */
export async function askStatus(
  instance: FoundInstance,
  { service, path, token, clock, wish }: StatusQuestion,
  signal: AbortSignal,
): Promise<InstanceReport> {
  using deadline = startDeadline(clock, answerWithinMs, `${instance.name} of ${service}`, signal)
  const url = `${instance.url.replace(/\/+$/, '')}${path}${wish ? asQuery(path, wish) : ''}`
  const sentAt = clock.now().getTime()
  const startedAt = clock.monotonicMs()
  const answer = await getKept(url, { authorization: `Bearer ${token.reveal()}` }, deadline.signal).catch(
    (error: unknown) => {
      signal.throwIfAborted()
      throw silent(instance, service, error)
    },
  )
  const roundTripMs = clock.monotonicMs() - startedAt
  const status = read(instance, service, answer)
  // By the length of the monotonic clock: the wall clock may have been set meanwhile.
  const offsetMs = Date.parse(status.now) - (sentAt + (wish ? roundTripMs : roundTripMs / 2))
  return { status, offsetMs, roundTripMs }
}

function asQuery(path: string, { gates, withinMs }: GateWish): string {
  return `${path.includes('?') ? '&' : '?'}gate=${gates.join(',')}&within=${Math.round(withinMs)}`
}

function read(instance: FoundInstance, service: string, answer: KeptAnswer): InstanceReport['status'] {
  if (answer.status === 401 || answer.status === 403) {
    throw wrong(instance, service, 'refuses the token', {
      code: 'system.unauthenticated',
      hint: 'Give runner and service the same token: hot.token in the playbook, and the option of the library.',
    })
  }
  if (answer.status !== 200) {
    const hint =
      'Mount the status of the service library at hot.statusPath, on the address of every instance.'
    throw wrong(instance, service, `answers ${answer.status} where its status should be`, { hint })
  }
  const parsed = parseInstanceStatus(answer.body)
  if (!parsed.ok) {
    const hint =
      'Look whether the service uses the library of this version, and not something in front of it answers.'
    throw wrong(instance, service, `answers with a status whose \`${parsed.field}\` is wrong`, { hint })
  }
  if (parsed.status.service === service) return parsed.status
  throw wrong(instance, service, `says that it belongs to ${JSON.stringify(parsed.status.service)}`, {
    hint: 'Correct the address of the instance, or the name of the service in the library.',
  })
}

function wrong(
  instance: FoundInstance,
  service: string,
  what: string,
  { code = 'system.refused', hint }: { readonly code?: CutoverError['code']; readonly hint: string },
): CutoverError {
  return new CutoverError(code, `${instance.name} of ${service} ${what}`, { where: instance.url, hint })
}

function silent(instance: FoundInstance, service: string, error: unknown): CutoverError {
  const code = error instanceof Error ? Reflect.get(error, 'code') : undefined
  const why = typeof code === 'string' && code !== 'deadline' ? code : `no answer within ${answerWithinMs} ms`
  return new CutoverError(
    'system.unreachable',
    `${instance.name} of ${service} does not say how it is: ${why}`,
    {
      where: instance.url,
      hint: 'Look whether the instance runs; one that is gone for good is taken out of the list of instances.',
    },
  )
}
