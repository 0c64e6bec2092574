import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { LockBreak, LockWish } from '../../src/core/lock-record.ts'
import type { Secrets } from '../../src/core/ports/secrets.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import { openLockView, type LockView } from '../../src/databases/break-run-lock.ts'
import type { Claim } from '../../src/databases/lock-table.ts'
import { openDatabaseServer } from '../../src/databases/open-database-server.ts'
import { openServerLock, type ServerLock } from '../../src/databases/run-lock.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { never, openDatabaseLab, type DatabaseLab } from './database-server-lab.ts'

interface Taken extends AsyncDisposable {
  readonly lock: ServerLock
  readonly claim: Claim
  readonly lockId: string
}

describe.each<ServerEngine>(['mariadb', 'mysql'])('the run lock of %s', (engine) => {
  let lab: DatabaseLab
  let secrets: Secrets
  let view: LockView
  beforeAll(async () => {
    lab = await openDatabaseLab(engine)
    secrets = { resolve: () => Promise.resolve(lab.running.admin.password) }
    view = openLockView('source', lab.spec, secrets, systemClock)
  })
  afterEach(async () => {
    await lab.root("UPDATE cutover_kit.run_lock SET run_id = ''")
  })
  afterAll(async () => {
    await view[Symbol.asyncDispose]()
    await lab[Symbol.asyncDispose]()
  })

  const open = (lockId: string): Promise<ServerLock> =>
    openServerLock({ name: 'source', spec: lab.spec, secrets, clock: systemClock, lockId }, never)

  async function take(runId: string, wish: Partial<LockWish> = {}): Promise<Taken> {
    const lockId = randomBytes(4).toString('hex')
    const lock = await open(lockId)
    const whole = {
      lockId,
      runId,
      by: 'ann@host pid 1',
      reason: 'a move',
      epoch: 1,
      isOver: async () => false,
    }
    try {
      const claim = await lock.claim({ ...whole, ...wish }, never)
      return { lock, claim, lockId, [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose]() }
    } catch (error) {
      await lock[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The row stays, as after a crash. */
  async function die(taken: Taken): Promise<void> {
    await taken[Symbol.asyncDispose]()
  }

  const breaking = (lockId: string): LockBreak => ({
    lockId,
    newLockId: randomBytes(4).toString('hex'),
    by: 'bea@desk',
    at: '2026-11-21T03:00:00.000Z',
    reason: 'its machine is gone',
  })

  it('is taken by one of two runs that come at once, and the other one names it', async () => {
    const both = await Promise.allSettled([take('run-a'), take('run-b')])
    const won = both.filter((each) => each.status === 'fulfilled').map((each) => each.value)
    const lost = both.filter((each) => each.status === 'rejected').map((each) => each.reason as unknown)
    expect([won.length, lost.length]).toEqual([1, 1])
    const [winner] = won
    expect(lost[0]).toMatchObject({
      code: 'locked',
      message: expect.stringMatching(
        new RegExp(`${winner?.claim.now.runId} of ann@host pid 1 since .*session \\d+ of cutover_admin`),
      ) as string,
      hint: expect.stringContaining(`--lock-id ${winner?.lockId}`) as string,
    })
    await expect(winner?.lock.check(never)).resolves.toBe('held')
    await winner?.[Symbol.asyncDispose]()
  }, 20_000)

  it('stays with a run whose process is dead, and tells others the ways on', async () => {
    const dead = await take('run-a')
    await die(dead)
    await expect(take('run-b')).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining('run run-a of ann@host pid 1') as string,
      hint: expect.stringMatching(/cutover resume run-a, or cutover undo run-a.*unlock run-a/) as string,
    })
  })

  it('is taken over by the same run under a higher epoch', async () => {
    const dead = await take('run-a')
    await die(dead)
    await using again = await take('run-a')
    expect(again.claim.now.epoch).toBeGreaterThan(dead.claim.now.epoch)
    expect(again.claim.now.lockId).not.toBe(dead.claim.now.lockId)
  })

  it('is taken from a run that nothing is left to do for', async () => {
    await die(await take('run-a'))
    await using next = await take('run-b', { isOver: async ({ runId }) => runId === 'run-a' })
    expect(next.claim.now.runId).toBe('run-b')
  })

  it('is free for the next run when it was let go of, and its epoch stays', async () => {
    const first = await take('run-a')
    await expect(first.lock.free(never)).resolves.toBe(true)
    await die(first)
    expect((await view.look(never)).record).toMatchObject({
      runId: '',
      freedBy: 'run-a',
      epoch: first.claim.now.epoch,
    })
    await using second = await take('run-b', { epoch: 40 })
    expect(second.claim.now.epoch).toBe(Math.max(40, first.claim.now.epoch + 1))
  })

  it('is lost once somebody broke it, and says who, when and why', async () => {
    await using held = await take('run-a')
    await view.breakRow(breaking(held.lockId), never)
    await expect(held.lock.check(never)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringMatching(
        /lost its lock .*broken by bea@desk at 2026-11-21T03:00:00.000Z: its machine is gone/,
      ) as string,
    })
    expect((await view.look(never)).record?.epoch).toBe(held.claim.now.epoch + 1)
  })

  it('is not broken under an id that is not its own', async () => {
    await using held = await take('run-a')
    await expect(view.breakRow(breaking('0000'), never)).rejects.toMatchObject({ code: 'conflict' })
    await expect(held.lock.check(never)).resolves.toBe('held')
  })

  it('survives the loss of its session as long as nobody else came', async () => {
    await using held = await take('run-a')
    const { session } = await view.look(never)
    await lab.root(`KILL ${session}`)
    await expect(held.lock.check(never)).resolves.toBe('held')
    expect((await view.look(never)).session).not.toBe(session)
  })

  it('goes to nobody before the one who breaks it says so, and a break that was cut off is done again', async () => {
    const held = await take('run-a')
    await view.breakRow(breaking(held.lockId), never)
    await die(held)
    await expect(take('run-b')).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining('bea@desk breaks its lock') as string,
      hint: expect.stringContaining(`cutover unlock run-a --lock-id ${held.lockId}`) as string,
    })
    await view.breakRow(breaking(held.lockId), never)
    await view.freeBroken(breaking(held.lockId), never)
    expect((await view.look(never)).record).toMatchObject({ runId: '', broken: { runId: 'run-a' } })
    await using next = await take('run-b')
    expect(next.claim.now.epoch).toBeGreaterThan(held.claim.now.epoch + 1)
  })

  it('is not taken back by a process that lost it and its session', async () => {
    await using held = await take('run-a')
    await view.breakRow(breaking(held.lockId), never)
    expect(await view.endSessions(held.lockId, never)).toBe(1)
    await view.freeBroken(breaking(held.lockId), never)
    await using next = await take('run-b')
    await expect(held.lock.check(never)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining('broken by bea@desk') as string,
    })
    await expect(next.lock.check(never)).resolves.toBe('held')
  })

  it('does not move the position of the server', async () => {
    await die(await take('run-a'))
    const before = await lab.server.position(never)
    await using held = await take('run-a')
    await held.lock.follow('fence', never)
    expect((await view.look(never)).record?.step).toBe('fence')
    await view.breakRow(breaking(held.lockId), never)
    expect(await lab.server.position(never)).toEqual(before)
  })

  it('is written also by an account that may not keep it out of the log, without the steps', async () => {
    const right = engine === 'mysql' ? 'SYSTEM_VARIABLES_ADMIN' : 'BINLOG ADMIN'
    const admin = `'${lab.running.admin.user}'@'%'`
    await lab.root(`REVOKE ${right} ON *.* FROM ${admin}`)
    try {
      await using held = await take('run-a')
      await held.lock.follow('fence', never)
      expect((await view.look(never)).record).toMatchObject({ runId: 'run-a', step: '' })
    } finally {
      await lab.root(`GRANT ${right} ON *.* TO ${admin}`)
    }
  })

  describe('sessions under it', () => {
    it('are ended when its own run is taken up by another process', async () => {
      const asleep = await take('run-a')
      const rules = {
        lockId: asleep.lockId,
        admit: async (signal: AbortSignal) => void (await asleep.lock.check(signal)),
      }
      await using server = await openDatabaseServer('source', lab.spec, secrets, systemClock, never, rules)
      await lab.root(`KILL ${(await view.look(never)).session}`) // the network loses only the lock's own session
      await using again = await take('run-a')
      await expect(server.dropAccount({ user: 'late', host: '%' }, never)).rejects.toMatchObject({
        code: 'locked',
      })
      await expect(again.lock.check(never)).resolves.toBe('held')
      await die(asleep)
    })

    it('are ended with it, and no new one is admitted', async () => {
      await using held = await take('run-a')
      const rules = {
        lockId: held.lockId,
        admit: async (signal: AbortSignal) => void (await held.lock.check(signal)),
      }
      await using server = await openDatabaseServer('source', lab.spec, secrets, systemClock, never, rules)
      await view.breakRow(breaking(held.lockId), never)
      // The lock's own session and the one for work.
      expect(await view.endSessions(held.lockId, never)).toBe(2)
      const account = { user: 'late', host: '%' }
      await expect(server.dropAccount(account, never)).rejects.toMatchObject({ code: 'locked' })
      await expect(server.account(account, never)).rejects.toMatchObject({ code: 'locked' })
    })
  })

  // MariaDB has no setting that refuses the kit's own account.
  const describeOn = engine === 'mysql' ? describe : undefined
  describeOn?.('on a server that refuses all writes', () => {
    it('stays as it is for its own run, keeps others out, and cannot be broken there', async () => {
      const dead = await take('run-a')
      await die(dead)
      await lab.root('SET GLOBAL super_read_only = 1')
      try {
        await using again = await take('run-a')
        expect(again.claim).toMatchObject({ written: false, now: { lockId: dead.lockId } })
        await expect(again.lock.check(never)).resolves.toBe('held')
        await expect(again.lock.free(never)).resolves.toBe(false)
        await expect(view.breakRow(breaking(dead.lockId), never)).rejects.toMatchObject({
          code: 'system.refused',
        })
        await die(again)
        await expect(take('run-b')).rejects.toMatchObject({ code: 'locked' })
      } finally {
        await lab.root('SET GLOBAL super_read_only = 0, GLOBAL read_only = 0')
      }
    })

    it('is not proved by a session that was lost meanwhile', async () => {
      await using held = await take('run-a')
      await lab.root('SET GLOBAL super_read_only = 1')
      try {
        await expect(held.lock.check(never)).resolves.toBe('held')
        await lab.root(`KILL ${(await view.look(never)).session}`)
        await expect(held.lock.check(never)).resolves.toBe('unsure')
      } finally {
        await lab.root('SET GLOBAL super_read_only = 0, GLOBAL read_only = 0')
      }
      await expect(held.lock.check(never)).resolves.toBe('held')
    })
  })
})
