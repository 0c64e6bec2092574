import { z } from 'zod'
import { defineGate, type GateReading } from '../core/gate.ts'
import { instanceAddress } from '../core/instance-address.ts'
import type { Subscriber } from '../core/ports/config-center.ts'
import { serviceRef } from '../core/refs.ts'
import type { StepContext } from '../core/step.ts'
import { readSafely } from './safe-reading.ts'

const schema = z.strictObject({
  services: z
    .array(serviceRef('Service whose document must have arrived.'))
    .min(1)
    .meta({ description: 'Services whose every instance must hold its document in the version it has now.' }),
})
type Want = z.infer<typeof schema>

/** Characters of a version mark that are shown. */
const versionLength = 8

/**
 * Every instance has been given the document as it is now. That is evidence of arrival and of nothing else: a service that
 * holds it may go on with the pool it has. What a service uses, its sessions on both servers tell (`no-sessions`).
 */
export const configReceived = defineGate<Want>({
  kind: 'config-received',
  summary:
    'Every instance of the services has received its document as it is now. It arrived; that it is used, only sessions prove.',
  schema,
  needs: (want) => want.services.map((service) => ({ service, part: 'address' })),
  // Never a proof: the sessions on both servers decide, with it or without it.
  skippable: true,
  defaults: { deadlineMs: 60_000, everyMs: 500, goodReadings: 1 },
  describe: (want) => `every instance of ${want.services.join(', ')} has received its document as it is now`,

  open(context, want) {
    return Promise.resolve({
      read: (signal) =>
        readSafely(signal, async () => {
          const readings: GateReading[] = []
          for (const service of want.services) readings.push(await lookAt(context, service, signal))
          return together(readings)
        }),
    })
  },
})

async function lookAt(context: StepContext, service: string, signal: AbortSignal): Promise<GateReading> {
  const { document } = context.ports.service(service).spec
  const center = context.ports.configCenter(document.center)
  const { subscribers, server } = await center.capabilities(signal)
  if (!subscribers) {
    const hint = 'Leave the gate out; no-sessions tells what instances use.'
    return { state: 'unknown', reason: `${server} does not tell who has received a document`, hint }
  }
  const ref = { group: document.group, dataId: document.dataId }
  const stored = await center.get(ref, signal)
  if (!stored) return { state: 'closed', reason: `document ${ref.dataId} in ${center.name} does not exist` }
  const expected = await expectedAddresses(context, service, signal)
  const held = await center.subscribers(ref, signal)
  const missing = [...expected].flatMap(([address, names]) => findMissing(held, stored.etag, address, names))
  const version = `version ${stored.etag.slice(0, versionLength)} of ${ref.dataId}`
  if (missing.length > 0) {
    const hint = 'Look at the log of the instance named here; it may have lost its config center.'
    return { state: 'closed', reason: `${version} has not arrived: ${missing.join('; ')}`, hint }
  }
  return {
    state: 'open',
    measured: `${version} has arrived at ${[...expected].map(describe(held)).join(', ')}`,
  }
}

/** Names of the instances by address; several may share one. */
async function expectedAddresses(
  context: StepContext,
  service: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const fleet = context.ports.service(service)
  const byAddress = new Map<string, string[]>()
  for (const { name, url } of await fleet.instances(signal)) {
    const listed = fleet.spec.instances.find((one) => one.name === name)
    const address = instanceAddress(listed ?? { url }) ?? url
    byAddress.set(address, [...(byAddress.get(address) ?? []), name])
  }
  return byAddress
}

function findMissing(
  held: readonly Subscriber[],
  etag: string,
  address: string,
  names: readonly string[],
): readonly string[] {
  const entries = held.filter((one) => one.address === address)
  const who = `${names.join(', ')} (${address})`
  if (entries.length === 0) return [`${who} does not subscribe to it`]
  const others = entries.filter((one) => one.etag !== etag)
  if (others.length === 0) return []
  const versions = [...new Set(others.map((one) => one.etag.slice(0, versionLength)))].join(', ')
  return [`${who} holds version ${versions}`]
}

/** A center may have one entry for all clients of an address; then it speaks for one of them only. */
function describe(held: readonly Subscriber[]) {
  return ([address, names]: readonly [string, readonly string[]]): string => {
    const entries = held.filter((one) => one.address === address).length
    const who = `${names.join(', ')} (${address})`
    return entries < names.length ? `${who}: ${entries} entry for ${names.length} instances` : who
  }
}

function together(readings: readonly GateReading[]): GateReading {
  const unknown = readings.find(({ state }) => state === 'unknown')
  if (unknown) return unknown
  const closed = readings.flatMap((reading) => (reading.state === 'closed' ? [reading] : []))
  const [first] = closed
  if (first) return { ...first, reason: closed.map(({ reason }) => reason).join('; ') }
  const measured = readings.flatMap((reading) => (reading.state === 'open' ? [reading.measured] : []))
  return { state: 'open', measured: measured.join('; ') }
}
