import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toCutoverError } from '../../src/core/errors.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import type { ConfigCenter, DocumentRef } from '../../src/core/ports/config-center.ts'
import type { RealNacos } from '../../src/lab/center/real/real-nacos.ts'
import { firstStartMs, nameOf, openCenterOf, startVariant, type NacosVariant } from './real-nacos-lab.ts'
import { isWedged } from './wedged-document.ts'

// A publish takes some tens of milliseconds, so the kill falls anywhere in one of the first dozen.
const killWithinMs = 500
const roundMs = 300_000

/** What became of the publish that was under way. */
interface Round {
  /** How the adapter answered it. */
  readonly told: ErrorCode
  readonly stored: boolean
  readonly wedged: boolean
}

/** A server of its own for {@link killsDuringPublish}. */
export function killedDuringPublish(variant: NacosVariant, rounds: number): void {
  describe(`${nameOf(variant)}, killed during publish`, () => {
    let server: RealNacos | undefined
    beforeAll(async () => {
      server = await startVariant(variant)
    }, firstStartMs)
    afterAll(() => server?.[Symbol.asyncDispose]())
    killsDuringPublish(variant, () => server as RealNacos, rounds)
  })
}

/**
 * The server dies by SIGKILL in the middle of publishing, again and again: what the adapter said of every publish is
 * true when it is back.
 */
export function killsDuringPublish(variant: NacosVariant, server: () => RealNacos, rounds: number): void {
  it(
    `what is said of every publish is true after ${rounds} kills`,
    async () => {
      const seen: Round[] = []
      for (let round = 1; round <= rounds; round += 1) {
        seen.push(await killRound(server(), variant, round))
      }
      process.stdout.write(`${nameOf(variant)}: ${summaryOf(seen)}\n`)
    },
    rounds * roundMs,
  )
}

async function killRound(server: RealNacos, variant: NacosVariant, round: number): Promise<Round> {
  const signal = AbortSignal.timeout(roundMs)
  await using center = await openCenterOf(server, '', variant)
  const ref = { group: 'DEFAULT_GROUP', dataId: `kill-${randomUUID().slice(0, 8)}.yaml` }
  const killed = killSoon(server)
  const { acknowledged, underWay, told } = await publishUntilFailure(center, ref, signal)
  await killed
  await server.start(signal)
  const stored = (await center.get(ref, signal))?.content
  const what = `round ${round}: ${told}, acknowledged ${acknowledged}, under way ${underWay}, found ${stored}`
  expect([acknowledged, underWay], what).toContain(stored)
  expect(['system.ambiguous', 'system.unreachable', 'system.refused'], what).toContain(told)
  // Only "nobody knows" leaves it open.
  if (told !== 'system.ambiguous') expect(stored, what).toBe(acknowledged)
  return {
    told,
    stored: stored === underWay,
    wedged: stored !== undefined && (await goesOnAfter(center, ref, signal)),
  }
}

async function killSoon(server: RealNacos): Promise<void> {
  await sleep(randomInt(killWithinMs))
  await server.kill()
}

async function publishUntilFailure(
  center: ConfigCenter,
  ref: DocumentRef,
  signal: AbortSignal,
): Promise<{
  readonly acknowledged: string | undefined
  readonly underWay: string
  readonly told: ErrorCode
}> {
  let acknowledged: { readonly content: string; readonly etag: string } | undefined
  for (let write = 1; ; write += 1) {
    const underWay = `write: ${write}\n`
    const expectation = acknowledged ? { etag: acknowledged.etag } : 'absent'
    try {
      acknowledged = await center.put(ref, underWay, { expect: expectation }, signal)
    } catch (error) {
      return { acknowledged: acknowledged?.content, underWay, told: toCutoverError(error).code }
    }
  }
}

/** Writes on, after one publish without a condition where the kill parted the rows. @returns whether it had to. */
async function goesOnAfter(center: ConfigCenter, ref: DocumentRef, signal: AbortSignal): Promise<boolean> {
  const wedged = await isWedged(center, ref, signal)
  if (wedged) {
    await center.put(ref, 'healed: yes\n', { expect: 'any' }, signal)
    expect(await isWedged(center, ref, signal)).toBe(false)
  }
  return wedged
}

function summaryOf(rounds: readonly Round[]): string {
  const count = (holds: (round: Round) => boolean): number => rounds.filter(holds).length
  const ambiguous = (round: Round): boolean => round.told === 'system.ambiguous'
  return [
    `${rounds.length} kills`,
    `${count((round) => round.told === 'system.unreachable')} told as not sent and not stored`,
    `${count((round) => round.told === 'system.refused')} told as refused and not stored`,
    `${count((round) => ambiguous(round) && round.stored)} told as unknown and stored`,
    `${count((round) => ambiguous(round) && !round.stored)} told as unknown and not stored`,
    `${count((round) => round.wedged)} wedged, recognised and healed`,
  ].join(', ')
}
