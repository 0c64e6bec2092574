import { z } from 'zod'
import { askHotInstances, findHotInstances, titleOf, type AskedInstance } from '../core/hot-instances.ts'
import type { GateWish } from '../core/ports/service-fleet.ts'
import { databaseRef, serviceRef } from '../core/refs.ts'
import { defineStep, type StepContext } from '../core/step.ts'
import { releaseTable } from '../core/write-release.ts'
import { countHeld } from './await-closed.ts'
import { prolongHold } from './prolong-hold.ts'

const schema = z.strictObject({
  services: z
    .array(serviceRef('Service that is switched live.'))
    .min(1)
    .meta({ description: 'Services whose processes may write on the target from now on.' }),
  database: databaseRef('Server that takes the writes now.'),
})
type Want = z.infer<typeof schema>
type Seen = {
  /** Services that were released before, by an earlier attempt. */
  readonly released: readonly string[]
  /**
   * The highest epoch of the notices that processes have heard of this run. It may be higher than the run's own, where an
   * earlier run's notice was. They take no release with a lower one: it would be that of a runner that has lost its lock.
   */
  readonly epoch: number
}

/** How long processes are waited for that have not switched yet, or do not answer, milliseconds. */
const switchWithinMs = 5_000
/** Each process answers when its gate has opened, or after so long, milliseconds. */
const answerWithinMs = 500
const lookAgainMs = 20
/** Whoever looks at once takes processor time from the writes that have just been let go, milliseconds. */
const firstLookMs = 50
/** After so long processes may not listen any more, milliseconds. */
const prolongAfterMs = 1_000

/**
 * A row in the target tells every process that it may write there. Processes ask for it themselves, so nothing between
 * runner and services is part of users' wait.
 *
 * A process that does not answer does not keep the run from going on: it was waited for, it is named, and whenever it
 * wakes up, it asks the target before it lets a write pass. What it held has been answered "upgrading" by then, and the
 * source is fenced.
 */
export const releaseWrites = defineStep<Want, Seen>({
  kind: 'release-writes',
  summary:
    'Writes down in the target that it takes the writes; every process sees it and runs there what it held.',
  schema,
  needs: (want) => want.services.map((service) => ({ service, part: 'hot' })),
  holds: 'release',
  touches: (want) => `releases of ${want.database}`,
  irreversible: 'services write to the target from here on.',

  async observe(context, want) {
    const released = await readReleased(context, want)
    const instances = await findHotInstances(context, want.services, context.signal)
    const asked = await askHotInstances(context, instances, context.signal)
    const heard = asked.flatMap(({ report }) => report?.status.notice ?? [])
    const epochs = heard.filter(({ runId }) => runId === context.runId).map(({ epoch }) => epoch)
    return { released, epoch: Math.max(0, ...epochs) }
  },

  async plan(context, want) {
    const released = await readReleased(context, want)
    return want.services
      .filter((service) => !released.includes(service))
      .map((service) => ({
        subject: `writes of ${service}`,
        from: 'held',
        to: `run on ${want.database}, by a row in ${releaseTable.schema}.${releaseTable.table} there`,
        fidelity: 'predicted' as const,
      }))
  },

  async run(context, want, seen) {
    const server = context.ports.database(want.database)
    const releasedAt = context.ports.clock.now().toISOString()
    const epoch = Math.max(context.epoch, seen.epoch)
    for (const service of want.services) {
      const release = { service, runId: context.runId, epoch, releasedAt }
      await server.release(release, context.signal)
    }
    await untilSwitched(context, want)
  },

  async verify(context, want) {
    const released = await readReleased(context, want)
    const held = want.services.filter((service) => !released.includes(service))
    if (held.length > 0)
      return { holds: false, reason: `${held.join(', ')} not released on ${want.database}` }
    const { waiting, silent, count } = await look(context, want)
    if (waiting.length > 0) {
      const hint = 'Restart the instances named here: they start on the target. Then resume.'
      return { holds: false, reason: waiting.join('; '), hint }
    }
    const rest =
      silent.length === 0 ? '' : `; no answer from ${silent.join(', ')}, which ask when they wake up`
    return { holds: true, evidence: `${count} processes write to ${want.database}${rest}` }
  },
})

async function readReleased(context: StepContext, want: Want): Promise<readonly string[]> {
  const server = context.ports.database(want.database)
  const released: string[] = []
  for (const service of want.services) {
    const found = await server.writeRelease({ service, runId: context.runId }, context.signal)
    if (found) released.push(service)
  }
  return released
}

async function untilSwitched(context: StepContext, want: Want): Promise<void> {
  const { clock } = context.ports
  const startedAtMs = clock.monotonicMs()
  let prolonged = false
  await clock.sleep(firstLookMs, context.signal)
  for (;;) {
    const { waiting, silent, held } = await look(context, want, { gates: ['open'], withinMs: answerWithinMs })
    const waitedMs = clock.monotonicMs() - startedAtMs
    if (waiting.length + silent.length + held === 0 || waitedMs >= switchWithinMs) return
    if (waiting.length > 0 && waitedMs >= prolongAfterMs && !prolonged) {
      prolonged = true
      await prolongHold(context)
    }
    await clock.sleep(lookAgainMs, context.signal)
  }
}

async function look(context: StepContext, want: Want, wish?: GateWish) {
  // As the staged document says it, and without asking the config center: it may be away, and users write already.
  const { host, port } = context.ports.database(want.database).serviceAddress
  const instances = await findHotInstances(context, want.services, context.signal)
  const asked = await askHotInstances(context, instances, context.signal, wish)
  const waiting = asked.flatMap((one) => whyNotSwitched(one, `${host}:${port}`))
  const silent = asked.filter(({ report }) => report === undefined).map(titleOf)
  return { waiting, silent, held: countHeld(asked), count: asked.length - silent.length }
}

function whyNotSwitched(one: AskedInstance, address: string): readonly string[] {
  if (one.report === undefined) return []
  const { gate, refusal, datasource } = one.report.status
  if (!datasource.startsWith(`${address}/`)) return [`${titleOf(one)} still writes to ${datasource}`]
  return gate === 'open' ? [] : [`${titleOf(one)} is ${gate}${refusal === '' ? '' : `: ${refusal}`}`]
}
