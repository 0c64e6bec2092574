import { z } from 'zod'
import { duration } from '../core/durations.ts'
import { formatMs } from '../core/deadline.ts'
import { defineGate, type GateReading } from '../core/gate.ts'
import { askHotInstances, findHotInstances, titleOf, type AskedInstance } from '../core/hot-instances.ts'
import type { StagedDocument } from '../core/notice.ts'
import { findUnready } from '../core/readiness.ts'
import { serviceRef } from '../core/refs.ts'
import { stagedRef } from '../core/staged-document.ts'
import type { StepContext } from '../core/step.ts'
import { readSafely } from './safe-reading.ts'

const schema = z.strictObject({
  services: z
    .array(serviceRef('Service that is switched live.'))
    .min(1)
    .meta({ description: 'Services whose every process must be ready.' }),
  clockSpread: duration(
    'How far the clocks of processes may be apart: those that are ahead hold writes so much earlier.',
  ).default(50),
  longestWork: duration('A unit of work that is older would keep users waiting.').default(1000),
})
type Want = z.infer<typeof schema>

/** A clock that is so far from the config center's would end a notice much too early or too late, milliseconds. */
const centerApartMs = 5_000

/**
 * Every process has heard this run's notice, has the next datasource open and in order, and nothing is under way that
 * would keep users waiting. All must answer: one that cannot be asked is one that could still write.
 */
export const instancesReady = defineGate<Want>({
  kind: 'instances-ready',
  summary:
    'Every process of the services can be switched live: it has heard of it and has its next datasource open.',
  schema,
  needs: (want) => want.services.map((service) => ({ service, part: 'hot' })),
  proves: 'readiness',
  defaults: { deadlineMs: 60_000, everyMs: 200, goodReadings: 1 },
  describe: (want) =>
    `every process of ${want.services.join(', ')} has its next datasource open, clocks within ${formatMs(want.clockSpread)}`,

  open(context, want) {
    return Promise.resolve({ read: (signal) => readSafely(signal, () => look(context, want, signal)) })
  },
})

async function look(context: StepContext, want: Want, signal: AbortSignal): Promise<GateReading> {
  const staged = await readStaged(context, want, signal)
  const instances = await findHotInstances(context, want.services, signal)
  const asked = await askHotInstances(context, instances, signal)
  const findings = [
    ...findUnready(asked, { runId: context.runId, staged }),
    ...findLongWork(asked, want),
    ...findClocks(asked, want),
    ...(await findFarFromCenter(context, asked, signal)),
  ]
  const measured = measure(asked)
  if (findings.length === 0) return { state: 'open', measured }
  return {
    state: 'closed',
    reason: findings.join('; '),
    measured,
    hint: 'Look at the log of the instances named here: the library says there why.',
  }
}

async function readStaged(
  { ports }: StepContext,
  want: Want,
  signal: AbortSignal,
): Promise<Readonly<Record<string, StagedDocument>>> {
  const staged: Record<string, StagedDocument> = {}
  for (const service of want.services) {
    const { document } = ports.service(service).spec
    const ref = stagedRef(document)
    const stored = await ports.configCenter(document.center).get(ref, signal)
    if (stored) staged[service] = { ...ref, etag: stored.etag }
  }
  return staged
}

function findLongWork(asked: readonly AskedInstance[], want: Want): readonly string[] {
  return asked.flatMap((one) => {
    const { oldestMs = 0 } = one.report?.status.writes ?? {}
    if (oldestMs <= want.longestWork) return []
    return [`${titleOf(one)} has a unit of work under way for ${formatMs(oldestMs)}`]
  })
}

/** Against the middle of them: what counts is when they close, compared with each other. */
function findClocks(asked: readonly AskedInstance[], want: Want): readonly string[] {
  const middle = middleOf(asked.flatMap(({ report }) => (report ? [report.offsetMs] : [])))
  return asked.flatMap((one) => {
    if (one.report === undefined) return []
    const { offsetMs, roundTripMs } = one.report
    // What the way there and back may have added is not held against it, within reason.
    const apart = Math.abs(offsetMs - middle) - Math.min(roundTripMs / 2, want.clockSpread)
    if (apart <= want.clockSpread / 2) return []
    return [`the clock of ${titleOf(one)} is ${formatMs(Math.abs(offsetMs - middle))} from the others`]
  })
}

async function findFarFromCenter(
  { ports }: StepContext,
  asked: readonly AskedInstance[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (ports.notice === undefined) return []
  const center = await ports.configCenter(ports.notice.center).now(signal)
  if (!center) return []
  const runnerAhead = ports.clock.now().getTime() - center.getTime()
  return asked.flatMap((one) => {
    const ahead = (one.report?.offsetMs ?? 0) + runnerAhead
    if (one.report === undefined || Math.abs(ahead) <= centerApartMs) return []
    return [`the clock of ${titleOf(one)} is ${formatMs(Math.abs(ahead))} from the config center's`]
  })
}

function measure(asked: readonly AskedInstance[]): string {
  const offsets = asked.flatMap(({ report }) => (report ? [report.offsetMs] : []))
  const trips = asked.flatMap(({ report }) => (report ? [report.roundTripMs] : []))
  if (offsets.length === 0) return `0 of ${asked.length} processes answer`
  const spread = Math.max(...offsets) - Math.min(...offsets)
  return `${offsets.length} of ${asked.length} processes answer within ${Math.max(...trips).toFixed(1)} ms, clocks ${spread.toFixed(1)} ms apart`
}

function middleOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (
    ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) + (sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0)) /
    2
  )
}
