import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Position } from '../../src/core/ports/database-server.ts'
import { never } from './database-server-lab.ts'
import type { SyncLab } from './sync-task-lab.ts'

/** What every SyncTask must do, run against two real servers. */
export function syncTaskContract(product: string, open: () => Promise<SyncLab>): void {
  describe(`${product} replication as a sync task`, () => {
    let lab: SyncLab

    beforeAll(async () => {
      lab = await open()
      await lab.onSource('CREATE TABLE orders.probe (id INT PRIMARY KEY)')
    })
    afterAll(() => lab?.[Symbol.asyncDispose]())

    lagFacts(() => lab)
    controlFacts(() => lab)
    failureFacts(() => lab)
    removalFacts(() => lab)
  })
}

/** Writes a row on the source and reads the position behind it. */
async function writeRow(lab: SyncLab, id: number): Promise<Position> {
  await lab.onSource(`INSERT INTO orders.probe VALUES (${id})`)
  return lab.source.position(never)
}

function lagFacts(lab: () => SyncLab): void {
  test('a running task applies the position, and then the row is there', async () => {
    const { task, onTarget } = lab()
    const position = await writeRow(lab(), 1)
    expect(await task.applied(position, 10_000, never)).toMatchObject({ state: 'applied' })
    expect(await onTarget('SELECT id FROM orders.probe')).toHaveLength(1)
    expect(await task.status(never)).toMatchObject({
      state: 'running',
      displayLagSeconds: expect.any(Number),
    })
  })

  test('changes of schemas that do not travel do not hold the position up', async () => {
    const { task, onSource, source } = lab()
    await onSource(
      'CREATE DATABASE elsewhere',
      'CREATE TABLE elsewhere.t (id INT PRIMARY KEY)',
      'INSERT INTO elsewhere.t VALUES (1)',
    )
    const position = await source.position(never)
    expect(await task.applied(position, 10_000, never)).toMatchObject({ state: 'applied' })
  })

  test('writes of others on the target neither hide nor fake anything', async () => {
    const { task, onTarget } = lab()
    await onTarget(
      'CREATE DATABASE own',
      'CREATE TABLE own.t (id INT PRIMARY KEY)',
      'INSERT INTO own.t VALUES (1), (2)',
    )
    await task.stop(never)
    const position = await writeRow(lab(), 2)
    await onTarget('INSERT INTO own.t VALUES (3)', 'INSERT INTO own.t VALUES (4)')
    expect(await task.applied(position, 0, never)).toMatchObject({ state: 'behind' })
    await task.start(never)
    expect(await task.applied(position, 10_000, never)).toMatchObject({ state: 'applied' })
  })

  test('a position of another product is unknown, never applied', async () => {
    const { task, source } = lab()
    const { flavour, gtid } = await source.position(never)
    const other = { flavour: flavour === 'mysql' ? 'mariadb' : 'mysql', gtid } as const
    expect(await task.applied(other, 0, never)).toMatchObject({ state: 'unknown' })
  })

  test('a wait ends with its signal', async () => {
    const { task, source } = lab()
    const { flavour } = await source.position(never)
    const gtid = flavour === 'mysql' ? '00000000-0000-0000-0000-000000000001:1' : '77-77-7'
    const waiting = task.applied({ flavour, gtid }, 60_000, AbortSignal.timeout(300))
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await task.applied({ flavour, gtid }, 300, never)).toMatchObject({ state: 'behind' })
  })
}

function controlFacts(lab: () => SyncLab): void {
  test('stop and start may be repeated, and a stopped task is behind with that reason', async () => {
    const { task } = lab()
    await task.stop(never)
    await task.stop(never)
    expect(await task.status(never)).toEqual({ state: 'stopped' })
    const position = await writeRow(lab(), 3)
    const behind = await task.applied(position, 30_000, never)
    expect(behind).toMatchObject({ state: 'behind', reason: expect.stringContaining('is stopped') })
    await task.start(never)
    await task.start(never)
    expect(await task.applied(position, 10_000, never)).toMatchObject({ state: 'applied' })
  })

  test('a task whose source does not answer runs without a connection, and has one when it answers again', async () => {
    const { task, pair } = lab()
    await task.stop(never)
    await pair.source.suspend()
    try {
      await task.start(never)
      expect(await task.status(never)).toMatchObject({ state: 'running', connecting: true })
    } finally {
      pair.source.resume()
    }
    await expect
      .poll(() => task.status(never), { timeout: 30_000 })
      .toEqual({ state: 'running', displayLagSeconds: expect.any(Number) as number })
  })

  test('a channel that was never set up is missing, stops quietly and does not start', async () => {
    const { absentTask, source } = lab()
    expect(await absentTask.status(never)).toEqual({ state: 'missing' })
    await absentTask.stop(never)
    await expect(absentTask.start(never)).rejects.toMatchObject({ code: 'system.refused' })
    const position = await source.position(never)
    expect(await absentTask.applied(position, 0, never)).toMatchObject({
      state: 'behind',
      reason: expect.stringContaining('no replication channel'),
    })
  })
}

function failureFacts(lab: () => SyncLab): void {
  test('a failed task says so with the number of the error, and runs again once the cause is gone', async () => {
    const { task, onTarget } = lab()
    await onTarget('INSERT INTO orders.probe VALUES (9)')
    const position = await writeRow(lab(), 9)
    const behind = await task.applied(position, 30_000, never)
    expect(behind).toMatchObject({
      state: 'behind',
      reason: expect.stringMatching(/has failed: applying failed with error 1062/),
    })
    expect(await task.status(never)).toMatchObject({
      state: 'failed',
      error: expect.not.stringContaining('INSERT'),
    })
    await onTarget('DELETE FROM orders.probe WHERE id = 9')
    await task.start(never)
    expect(await task.applied(position, 10_000, never)).toMatchObject({ state: 'applied' })
    expect(await task.status(never)).toMatchObject({ state: 'running' })
  })

  test('a task whose source is away tries again by itself, and is not called failed', async () => {
    const { task, source, pair } = lab()
    const position = await source.position(never)
    await pair.source.stop()
    await expect
      .poll(() => task.status(never), { timeout: 20_000 })
      .toMatchObject({ state: 'running', connecting: true })
    await task.stop(never)
    expect(await task.status(never)).toEqual({ state: 'stopped' })
    await task.start(never)
    await pair.source.start()
    expect(await task.applied(position, 20_000, never)).toMatchObject({ state: 'applied' })
    await expect
      .poll(() => task.status(never), { timeout: 20_000 })
      .toEqual(expect.not.objectContaining({ connecting: true }))
  })

  test('transactions that can never arrive are named', async () => {
    const { task, source, onSource, pair } = lab()
    const position = await source.position(never)
    if (pair.source.engine === 'mariadb') {
      const foreign = { ...position, gtid: `${position.gtid},77-77-7` }
      const behind = await task.applied(foreign, 0, never)
      expect(behind).toMatchObject({ state: 'behind', reason: expect.stringContaining('domain 77') })
      return
    }
    await task.stop(never)
    const late = await writeRow(lab(), 10)
    await onSource('FLUSH BINARY LOGS')
    const logs = await onSource('SHOW BINARY LOGS')
    await onSource(`PURGE BINARY LOGS TO '${String(logs.at(-1)?.['Log_name'])}'`)
    await task.start(never)
    await expect.poll(async () => (await task.status(never)).state).toBe('failed')
    expect(await task.applied(late, 0, never)).toMatchObject({
      state: 'behind',
      reason: expect.stringMatching(/has failed: receiving failed with error \d+/),
    })
  })
}

function removalFacts(lab: () => SyncLab): void {
  test('a removed task is missing, and a restart of the target does not bring it back', async () => {
    const { task, pair } = lab()
    await task.remove(never)
    await task.remove(never)
    expect(await task.status(never)).toEqual({ state: 'missing' })
    await pair.target.stop()
    await pair.target.start()
    expect(await task.status(never)).toEqual({ state: 'missing' })
    await expect(task.start(never)).rejects.toMatchObject({ code: 'system.refused' })
  })
}
