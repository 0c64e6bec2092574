import { CutoverError } from '../core/errors.ts'
import {
  askHotInstances,
  findHotInstances,
  titleOf,
  type AskedInstance,
  type HotInstance,
} from '../core/hot-instances.ts'
import type { HoldOrder, Notice } from '../core/notice.ts'
import { parseNotice } from '../core/notice.ts'
import type { StepContext } from '../core/step.ts'
import { noticePlace, noticeTime, putNotice, readNotice } from './notice-document.ts'

export interface HoldWish {
  readonly services: readonly string[]
  readonly lead: number
  readonly margin: number
  readonly drain: number
  readonly late: HoldOrder['late']
  readonly limit: number
  readonly validFor: number
}

/** An order that every process has heard, and when they follow it. */
export interface HeardOrder {
  readonly at: string
  readonly instances: readonly HotInstance[]
  /** By the runner's monotonic clock: when the first process closes, and when the last one does. */
  readonly firstAtMs: number
  readonly lastAtMs: number
}

/** Between two questions whether the order was heard, milliseconds. A process hears of it by the config center. */
const lookAgainMs = 50

/**
 * Orders all processes to close at one moment, and returns when all have said that they will.
 * @throws CutoverError `service.unhealthy` naming who had not heard it in time. The caller takes the order back.
 */
export async function orderHold(
  context: StepContext,
  want: HoldWish,
  asked: readonly AskedInstance[],
  armedText: string,
): Promise<HeardOrder> {
  const { clock } = context.ports
  const startedAtMs = clock.monotonicMs()
  const spread = spreadOf(asked)
  // Each process closes when its own clock shows this moment, so the one that is furthest ahead closes first.
  const at = new Date(clock.now().getTime() + want.lead + spread.latest).toISOString()
  const firstAtMs = startedAtMs + want.lead
  await publish(context, want, at, armedText)
  const instances = await untilHeard(context, want, { at, giveUpAtMs: firstAtMs - want.margin })
  return { at, instances, firstAtMs, lastAtMs: firstAtMs + spread.latest - spread.earliest }
}

/** How far the clocks are ahead of the runner's: the one that is furthest, and the one that is furthest behind. */
function spreadOf(asked: readonly AskedInstance[]): { readonly latest: number; readonly earliest: number } {
  const offsets = asked.flatMap(({ report }) => (report ? [report.offsetMs] : []))
  return { latest: Math.ceil(Math.max(...offsets)), earliest: Math.floor(Math.min(...offsets)) }
}

async function publish(context: StepContext, want: HoldWish, at: string, armedText: string): Promise<void> {
  const stored = await readNotice(context)
  const armed = stored?.notice ?? parseNotice(armedText)
  if (!stored || !armed || armed.runId !== context.runId) throw takenAway(context)
  const now = await noticeTime(context)
  const notice: Notice = {
    ...armed,
    epoch: Math.max(context.epoch, armed.epoch),
    phase: 'holding',
    since: laterThan(armed, now).toISOString(),
    until: new Date(now.getTime() + want.validFor).toISOString(),
    retryAfterSeconds: Math.max(1, Math.ceil(want.limit / 1000)),
    hold: { at, drainMs: want.drain, late: want.late, limitMs: want.limit },
  }
  await putNotice(context, notice, stored)
}

/** The center's clock shows whole seconds; what is newer must look newer. */
export function laterThan(before: Notice, now: Date): Date {
  return new Date(Math.max(now.getTime(), Date.parse(before.since) + 1))
}

async function untilHeard(
  context: StepContext,
  want: HoldWish,
  { at, giveUpAtMs }: { readonly at: string; readonly giveUpAtMs: number },
): Promise<readonly HotInstance[]> {
  const { clock } = context.ports
  let instances = await findHotInstances(context, want.services, context.signal)
  for (;;) {
    const asked = await askHotInstances(context, instances, context.signal)
    const deaf = asked.filter((one) => !hasHeard(one, context.runId, at))
    if (deaf.length === 0) {
      // One that has appeared meanwhile is asked as well.
      const now = await findHotInstances(context, want.services, context.signal)
      if (sameInstances(now, instances)) return instances
      instances = now
    }
    if (clock.monotonicMs() + lookAgainMs > giveUpAtMs) throw notHeard(deaf, want)
    await clock.sleep(lookAgainMs, context.signal)
  }
}

function hasHeard({ report }: AskedInstance, runId: string, at: string): boolean {
  const notice = report?.status.notice
  return notice?.runId === runId && notice.phase === 'holding' && isMoment(notice.holdAt, at)
}

/** The same moment, however it is written. */
export function isMoment(text: string | null, at: string): boolean {
  return text !== null && Date.parse(text) === Date.parse(at)
}

function sameInstances(some: readonly HotInstance[], others: readonly HotInstance[]): boolean {
  const urls = new Set(others.map(({ instance }) => instance.url))
  return some.length === others.length && some.every(({ instance }) => urls.has(instance.url))
}

function notHeard(deaf: readonly AskedInstance[], want: HoldWish): CutoverError {
  const who = deaf.map((one) => `${titleOf(one)}${one.silence === undefined ? '' : ` (${one.silence})`}`)
  const names = who.length === 0 ? 'instances that came meanwhile' : who.join(', ')
  return new CutoverError('service.unhealthy', `the order to hold writes was not heard in time by ${names}`, {
    where: want.services.join(', '),
    hint: 'Look whether they reach the config center. Where the news needs longer, raise lead.',
  })
}

function takenAway(context: StepContext): CutoverError {
  const { title, center } = noticePlace(context)
  return new CutoverError('conflict', `${title} is not this run's any more; nobody was told to hold writes`, {
    where: center.name,
    hint: 'Find out who wrote it: no two runs may switch the same services at once.',
  })
}
