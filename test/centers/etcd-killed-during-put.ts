import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { toCutoverError } from '../../src/core/errors.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import type { ConfigCenter, DocumentRef } from '../../src/core/ports/config-center.ts'
import type { RunningEtcd } from '../../src/lab/center/real/running-etcd.ts'

// A put takes a few milliseconds, so the kill falls anywhere in one of the first dozens.
const killWithinMs = 200
const roundMs = 120_000

/** What the adapter said of the put under way, and whether it is there. */
export interface KillRound {
  readonly told: ErrorCode
  readonly stored: boolean
}

/** etcd dies by SIGKILL while a document is put again and again; what was said of each put is true afterwards. */
export async function killDuringPut(server: RunningEtcd, center: ConfigCenter): Promise<KillRound> {
  const signal = AbortSignal.timeout(roundMs)
  const ref = { group: 'DEFAULT_GROUP', dataId: `kill-${randomUUID().slice(0, 8)}.yaml` }
  const killed = sleep(randomInt(killWithinMs)).then(() => server.kill())
  const { acknowledged, underWay, told } = await putUntilFailure(center, ref, signal)
  await killed
  await server.start(signal)
  const found = (await center.get(ref, signal))?.content
  const what = `${told}, acknowledged ${acknowledged}, under way ${underWay}, found ${found}`
  expect(['system.ambiguous', 'system.unreachable', 'system.refused'], what).toContain(told)
  expect([acknowledged, underWay], what).toContain(found)
  // Only "nobody knows" leaves it open.
  if (told !== 'system.ambiguous') expect(found, what).toBe(acknowledged)
  return { told, stored: found === underWay }
}

interface LastPut {
  readonly acknowledged: string | undefined
  readonly underWay: string
  readonly told: ErrorCode
}

async function putUntilFailure(
  center: ConfigCenter,
  ref: DocumentRef,
  signal: AbortSignal,
): Promise<LastPut> {
  let acknowledged: { readonly content: string; readonly etag: string } | undefined
  for (let write = 1; ; write += 1) {
    const underWay = `write: ${write}\n`
    const expect = acknowledged ? { etag: acknowledged.etag } : 'absent'
    try {
      acknowledged = await center.put(ref, underWay, { expect }, signal)
    } catch (error) {
      return { acknowledged: acknowledged?.content, underWay, told: toCutoverError(error).code }
    }
  }
}
