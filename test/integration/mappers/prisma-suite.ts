import { EventEmitter, once } from 'node:events'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTcpProxy } from '../../../src/lab/proxy/start-tcp-proxy.ts'
import { classify } from '../../../src/service/classify.ts'
import { thrownBy } from '../error-lab.ts'
import type { GatedPoolLab, OpenFacade } from '../gated-pool-lab.ts'
import { shut } from '../gated-pool-lab.ts'
import { openClient, type Client } from './prisma-client.ts'

const kinds = `CREATE TABLE one.kinds (id INT PRIMARY KEY, yes BOOLEAN, whole BIGINT UNSIGNED, exact DECIMAL(30, 10),
  \`double\` DOUBLE, day DATE, time TIME(3), moment DATETIME(6), bytes VARBINARY(40), doc JSON, one ENUM('small', 'large'))`

/** What Prisma's client needs of the adapter beyond a live switch; the lab's tables are empty before each test. */
export function prismaSuite(engine: string, lab: () => GatedPoolLab): void {
  describe(`Prisma's client on ${engine}`, () => {
    let facade: OpenFacade
    let client: Client
    beforeAll(() => lab().root(kinds))
    beforeEach(async () => {
      facade = await lab().facade()
      client = openClient(facade.pool)
    })
    afterEach(async () => {
      await client.$disconnect()
      await facade[Symbol.asyncDispose]()
    })

    const idsIn = async (schema: string): Promise<unknown[]> =>
      (await lab().root(`SELECT id FROM ${schema}.items ORDER BY id`)).map((row) => row['id'] as unknown)

    /** Only serializable reads lock what they have read. */
    async function locksWhatItReads(transaction: Client, schema: string, id: number): Promise<boolean> {
      await transaction.item.findUnique({ where: { id } })
      return lab()
        .root(`SELECT id FROM ${schema}.items WHERE id = ${id} FOR UPDATE NOWAIT`)
        .then(
          () => false,
          () => true,
        )
    }

    /** A transaction that has written item 1, and is to write once more when it is told to. */
    async function beginWriting(): Promise<{ readonly goOn: () => void; readonly done: Promise<void> }> {
      const turns = new EventEmitter()
      const hasWritten = once(turns, 'written')
      const done = client.$transaction(async (transaction) => {
        await transaction.item.create({ data: { id: 1, name: 'first' } })
        turns.emit('written')
        await once(turns, 'go on')
        await transaction.item.update({ where: { id: 1 }, data: { name: 'second' } })
      })
      await hasWritten
      return { goOn: () => turns.emit('go on'), done }
    }

    it('gets back what it wrote, whatever its kind, and finds it by that', async () => {
      const row = {
        id: 1,
        yes: true,
        whole: 9007199254740993n,
        double: 0.1,
        day: new Date('2024-02-29T00:00:00Z'),
        time: new Date('1970-01-01T23:59:58.125Z'),
        moment: new Date('2024-02-29T12:34:56.789Z'),
        bytes: Uint8Array.of(0, 255, 39),
        doc: { list: [1, null, '“'] },
        one: 'large',
      }
      const exact = '12345678901234567890.0123456789'
      await client.kind.create({ data: { ...row, exact } })
      await client.kind.create({ data: { id: 2 } })
      const { doc: _doc, ...where } = row
      const [found, ...others] = await client.kind.findMany({ where: { ...where, exact } })
      expect({ ...found, exact: String(found?.exact) }).toEqual({ ...row, exact })
      expect(others).toEqual([])
      const none = Object.fromEntries(Object.keys({ ...row, exact }).map((name) => [name, null]))
      expect(await client.kind.findUnique({ where: { id: 2 } })).toEqual({ ...none, id: 2 })
      await lab().root('TRUNCATE one.kinds')
    })

    it('gets typed rows of raw queries, and the count of rows of raw statements', async () => {
      await client.item.createMany({ data: [1, 2, 3].map((id) => ({ id, name: `name ${id}` })) })
      const limit = 1
      const rows = await client.$queryRaw`
        SELECT id, name, CAST(18446744073709551615 AS UNSIGNED) AS whole, ${1.5} AS part, ${9007199254740993n} AS big,
          CAST(${new Date('2024-02-29T12:34:56.789Z')} AS DATETIME(3)) AS moment, UNHEX('00FF') AS bytes, NULL AS nothing
        FROM items ORDER BY id DESC LIMIT ${limit} OFFSET ${limit}`
      expect(rows).toEqual([
        {
          id: 2,
          name: 'name 2',
          whole: 18446744073709551615n,
          part: 1.5,
          big: 9007199254740993n,
          moment: new Date('2024-02-29T12:34:56.789Z'),
          bytes: Uint8Array.of(0, 255),
          nothing: null,
        },
      ])
      expect(await client.$executeRaw`UPDATE items SET name = ${'new'} WHERE id < ${3}`).toBe(2)
      expect(await client.item.findMany({ orderBy: { id: 'asc' }, take: 1, skip: 1 })).toMatchObject([
        { name: 'new' },
      ])
      expect(await client.item.count()).toBe(3)
      const made = await client.numbered.create({ data: { owner: 7 } })
      expect(await client.numbered.findUnique({ where: { id: made.id } })).toEqual(made)
    })

    it("says the server's refusals in Prisma's codes, which the classification sees through", async () => {
      await client.item.create({ data: { id: 1 } })
      const duplicate = await thrownBy(client.item.create({ data: { id: 1 } }))
      expect(duplicate).toMatchObject({ code: 'P2002' })
      expect(classify(duplicate)).toMatchObject({ class: 'bug', errno: 1062, mayReplay: false })
      const noTable = await thrownBy(client.$executeRaw`INSERT INTO nowhere (id) VALUES (${424242})`)
      expect(noTable).toMatchObject({ code: 'P2010' })
      expect(classify(noTable)).toMatchObject({ class: 'bug', errno: 1146 })
      const tooLong = await thrownBy(client.item.create({ data: { id: 2, name: 'x'.repeat(41) } }))
      expect(tooLong).toMatchObject({ code: 'P2000' })
      await lab().root('SET GLOBAL read_only = 1')
      const refused = await thrownBy(client.item.create({ data: { id: 3 } }))
      const refusedInside = await thrownBy(client.$transaction([client.item.create({ data: { id: 4 } })]))
      await lab().root('SET GLOBAL read_only = 0')
      expect(refused).toMatchObject({ code: 'P2039' })
      expect(classify(refused)).toMatchObject({ mayReplay: true, mayShowUpgrading: true, errno: 1290 })
      expect(classify(refusedInside)).toMatchObject({ mayReplay: true, mayShowUpgrading: true, errno: 1290 })
      // Clients' errors are logged as JSON; what the driver adds to its own must not be in it.
      for (const error of [duplicate, noTable, refused]) {
        expect(JSON.stringify(error)).not.toMatch(/INSERT INTO|424242/)
      }
      expect(await idsIn('one')).toEqual([1])
    })

    it('ends a transaction that began before the hold where it began, and has later writes wait for the target', async () => {
      const { pool, gate } = facade
      const { goOn, done } = await beginWriting()
      shut(gate)
      const held = Promise.all([
        client.item.create({ data: { id: 2 } }),
        client.$transaction([client.item.create({ data: { id: 3 } })]),
      ])
      await expect.poll(() => gate.counts().held).toBe(2)
      expect(gate.counts().running).toBe(1)
      expect(await client.item.findUnique({ where: { id: 2 } })).toBeNull()
      goOn()
      await done
      await gate.whenDrained(AbortSignal.timeout(10_000))
      expect(await lab().root('SELECT id, name FROM one.items')).toEqual([{ id: 1, name: 'second' }])
      pool.swapTo(lab().generation('two'), { graceMs: 2000 })
      gate.release()
      await held
      expect(await idsIn('one')).toEqual([1])
      expect(await idsIn('two')).toEqual([2, 3])
    })

    it('is told of a write that was held for too long, and of a transaction that Prisma did not wait for', async () => {
      const hasty = openClient(facade.pool, { transactionOptions: { maxWait: 20, timeout: 5000 } })
      await hasty.$connect()
      shut(facade.gate, 1, 200)
      const expired = thrownBy(client.item.create({ data: { id: 1 } }))
      const unbegun = await thrownBy(hasty.$transaction(async (one) => one.item.create({ data: { id: 2 } })))
      expect(unbegun).toMatchObject({ code: 'P2028' })
      expect(classify(unbegun)).toMatchObject({ class: 'capacity', mayReplay: true, mayShowUpgrading: false })
      expect(await expired).toMatchObject({ code: 'P2039' })
      expect(classify(await expired)).toMatchObject({
        class: 'rejected',
        mayReplay: true,
        mayShowUpgrading: true,
      })
      facade.gate.release()
      await client.item.create({ data: { id: 3 } })
      await expect.poll(() => facade.gate.counts()).toMatchObject({ running: 0, held: 0 })
      expect(await idsIn('one')).toEqual([3])
      await hasty.$disconnect()
    })

    it('rolls back what fails, and of a nested transaction that part alone', async () => {
      const failed = client.$transaction([
        client.item.create({ data: { id: 1 } }),
        client.item.create({ data: { id: 1 } }),
      ])
      expect(await thrownBy(failed)).toMatchObject({ code: 'P2002' })
      await client.$transaction(async (outer) => {
        await outer.item.create({ data: { id: 2 } })
        const inner = outer.$transaction(async (one) => {
          await one.item.create({ data: { id: 3 } })
          throw new Error('changed its mind')
        })
        await expect(inner).rejects.toThrow('changed its mind')
        await outer.$transaction(async (one) => one.item.create({ data: { id: 4 } }))
      })
      expect(await idsIn('one')).toEqual([2, 4])
      expect(facade.gate.counts().running).toBe(0)
    })

    it('has its transactions on the isolation level it asks for, and that transaction alone', async () => {
      await client.item.create({ data: { id: 1 } })
      const locks = (isolationLevel?: string): Promise<boolean> =>
        client.$transaction(
          (one) => locksWhatItReads(one, 'one', 1),
          isolationLevel === undefined ? {} : { isolationLevel },
        )
      expect(await locks('Serializable')).toBe(true)
      expect(await locks()).toBe(false)
      expect(await locks('ReadCommitted')).toBe(false)
    })

    it('has them on that level on the target, too, when they had to wait for it', async () => {
      const { pool, gate } = facade
      await lab().root('INSERT INTO two.items (id) VALUES (1)')
      await client.$connect()
      shut(gate)
      const held = client.$transaction((one) => locksWhatItReads(one, 'two', 1), {
        isolationLevel: 'Serializable',
      })
      await expect.poll(() => gate.counts().held).toBe(1)
      pool.swapTo(lab().generation('two'), { graceMs: 2000 })
      gate.release()
      expect(await held).toBe(true)
    })

    it('leaves the outcome of a COMMIT open whose answer was lost, and that of a lost transaction not', async () => {
      await using proxy = await startTcpProxy({ to: lab().running })
      await using place = await lab().facade({ generation: lab().generation('one', {}, proxy.port) })
      const remote = openClient(place.pool)
      proxy.loseAnswerTo((bytes) => bytes.includes('COMMIT'))
      const open = await thrownBy(remote.$transaction(async (one) => one.item.create({ data: { id: 1 } })))
      expect(classify(open)).toMatchObject({ class: 'unknown', mayReplay: false, mayShowUpgrading: false })
      expect(await idsIn('one')).toEqual([1])
      const gone = await thrownBy(
        remote.$transaction(async (one) => {
          await one.item.create({ data: { id: 2 } })
          await lab().killAll()
          await one.item.create({ data: { id: 3 } })
        }),
      )
      expect(classify(gone)).toMatchObject({ mayReplay: true })
      expect(await idsIn('one')).toEqual([1])
      await remote.$disconnect()
      expect(place.gate.counts().running).toBe(0)
    })
  })
}
