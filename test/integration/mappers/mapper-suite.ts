import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ServerEngine } from '../../../src/lab/servers/server-engine.ts'
import { openGatedPoolLab, shut, type GatedPoolLab } from '../gated-pool-lab.ts'
import { sequelize, typeorm } from './object-mappers.ts'
import { callbacks, promises, units } from './plain-programs.ts'
import { prismaSuite } from './prisma-suite.ts'
import { prisma } from './prisma.ts'
import type { Mapper, Program } from './program.ts'
import { drizzleOrm, knex, kysely } from './query-builders.ts'

const mappers: readonly Mapper[] = [
  promises,
  callbacks,
  units,
  kysely,
  drizzleOrm,
  knex,
  typeorm,
  sequelize,
  prisma,
]
const workers = 4
const writesEach = 40

/** Programs of services on each mapper, switched live from one schema to the other under load. */
export function mapperSuite(engine: ServerEngine): void {
  describe(`services on ${engine} that are switched live`, () => {
    let lab: GatedPoolLab
    beforeAll(async () => {
      lab = await openGatedPoolLab(engine)
    })
    afterAll(() => lab?.[Symbol.asyncDispose]())
    beforeEach(async () => {
      for (const table of ['items', 'numbered'])
        for (const schema of ['one', 'two']) await lab.root(`TRUNCATE ${schema}.${table}`)
    })

    it.each(mappers)(
      '$name: every write once, in one place, none refused, and no read fails',
      async ({ start }) => {
        await using facade = await lab.facade()
        const program = await start(facade.pool)
        let written = 0
        const working = Array.from({ length: workers }, (_, worker) =>
          work(program, worker, () => (written += 1)),
        )
        await expect.poll(() => written, { interval: 1, timeout: 60_000 }).toBeGreaterThan(workers * 10)
        shut(facade.gate)
        await facade.gate.whenDrained(AbortSignal.timeout(10_000))
        const ofSource = await idsOf(lab, 'one')
        // As the replication does it in a real move.
        await lab.root('INSERT INTO two.items SELECT * FROM one.items')
        await lab.root('INSERT INTO two.numbered SELECT * FROM one.numbered')
        facade.pool.swapTo(lab.generation('two'), { graceMs: 2000 })
        facade.gate.release()
        await Promise.all(working)
        expect(await idsOf(lab, 'one')).toEqual(ofSource)
        const wanted = Array.from({ length: workers * writesEach }, (_, id) => id)
        expect(await idsOf(lab, 'two')).toEqual(wanted)
        expect(await ownersIn(lab, 'two')).toEqual(wanted)
        expect(ofSource.length).toBeLessThan(wanted.length)
        await program.close()
      },
    )

    prismaSuite(engine, () => lab)
  })
}

async function work(program: Program, worker: number, done: () => void): Promise<void> {
  for (let number = 0; number < writesEach; number += 1) {
    const id = worker * writesEach + number
    await program.write(id, `name ${id}`)
    done()
    expect(await program.read(id)).toBe(`name ${id}`)
    await turn()
  }
}

async function idsOf(lab: GatedPoolLab, schema: string): Promise<readonly number[]> {
  const rows = await lab.root(`SELECT id FROM ${schema}.items ORDER BY id`)
  return rows.map(({ id }) => id as number)
}

async function ownersIn(lab: GatedPoolLab, schema: string): Promise<readonly number[]> {
  const rows = await lab.root(`SELECT owner FROM ${schema}.numbered ORDER BY owner`)
  return rows.map(({ owner }) => owner as number)
}
