import { describe, expect, it } from 'vitest'
import { kit, openEtcd, openRealEtcd, startRealEtcd } from '../contract/etcd-bench.ts'
import { raceWriters } from '../contract/race-writers.ts'
import { killDuringPut } from './etcd-killed-during-put.ts'
import type { KillRound } from './etcd-killed-during-put.ts'

const kills = 30

raceWriters('real etcd', () => openRealEtcd(kit))

describe('a real etcd, killed during put', () => {
  it(`what was said of each put is true after each of ${kills} kills`, { timeout: 600_000 }, async () => {
    await using server = await startRealEtcd({ auth: kit })
    await using center = await openEtcd([server.url], kit)
    const rounds: KillRound[] = []
    for (let round = 1; round <= kills; round += 1) rounds.push(await killDuringPut(server, center))
    const unknown = rounds.filter(({ told }) => told === 'system.ambiguous')
    const stored = unknown.filter(({ stored }) => stored)
    process.stdout.write(
      `etcd: ${kills} kills, ${unknown.length} told as unknown, ${stored.length} of them stored\n`,
    )
    expect(rounds).toHaveLength(kills)
  })
})
