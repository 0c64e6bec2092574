import { expect, test } from 'vitest'
import type { FenceSpec } from '../../src/core/ports/database-server.ts'
import { parseAccountName } from '../../src/core/refs.ts'
import { readReleaseSql } from '../../src/core/write-release.ts'
import { errnoOf, never, type DatabaseLab } from './database-server-lab.ts'

const app = parseAccountName('app')
const fence = { kind: 'schema', schemas: ['orders'] } satisfies FenceSpec
const readOnlySchema = 3989

/** The fence of a schema, where the server has it. */
export function schemaFenceFacts(lab: () => DatabaseLab): void {
  test('a single schema refuses writes, also of an administrator, and takes them again; others go on', async () => {
    const { server, session, root, running } = lab()
    if (running.engine === 'mariadb') {
      const refusal = { code: 'system.unsupported', message: expect.stringContaining('MariaDB') }
      await expect(server.observeFence(fence, never)).rejects.toMatchObject(refusal)
      await expect(server.raiseFence(fence, never)).rejects.toMatchObject(refusal)
      return
    }
    const pooled = await session('app', 'orders')
    const image = await server.observeFence(fence, never)
    expect(image).toEqual({ kind: 'schema', schemas: [{ schema: 'orders', readOnly: false }] })
    expect(await server.fenceIsUp(fence, never)).toMatchObject({ up: false })
    const before = await server.position(never)
    await server.raiseFence(fence, never)
    await server.raiseFence(fence, never)
    // It would close the target with the source if it got there.
    expect(await server.position(never)).toEqual(before)
    expect(await server.fenceIsUp(fence, never)).toMatchObject({ up: true, position: before })
    expect(await errnoOf(pooled.query("INSERT INTO orders VALUES ('o1', 1)"))).toBe(readOnlySchema)
    expect(await errnoOf(root("INSERT INTO orders.orders VALUES ('o1', 1)"))).toBe(readOnlySchema)
    expect(await errnoOf(pooled.query('SELECT * FROM orders'))).toBeUndefined()
    expect(await errnoOf(pooled.query("INSERT INTO billing.invoices (note) VALUES ('b')"))).toBeUndefined()
    await server.lowerFence(fence, image, never)
    await server.lowerFence(fence, image, never)
    expect(await errnoOf(pooled.query("INSERT INTO orders VALUES ('o1', 1)"))).toBeUndefined()
  })

  test('a schema is proven silent behind its fence, and not before it', async () => {
    const { server, running } = lab()
    if (running.engine === 'mariadb') return expect(running.engine).toBe('mariadb')
    const image = await server.observeFence(fence, never)
    const prove = () => server.proveSilence(fence, { samplesMs: 0, tables: [] }, never)
    expect((await prove()).findings).toContain('schema orders is not read-only')
    await server.raiseFence(fence, never)
    expect((await prove()).findings).toEqual([])
    await server.lowerFence(fence, image, never)
  })

  test('a transaction that has used a table of the schema is waited for', async () => {
    const { server, session, running } = lab()
    if (running.engine === 'mariadb') return expect(running.engine).toBe('mariadb')
    const image = await server.observeFence(fence, never)
    const busy = await session('app', 'orders')
    await busy.query('BEGIN')
    await busy.query("INSERT INTO orders VALUES ('o1', 1)")
    const raised = server.raiseFence(fence, never)
    await expect.poll(() => waitingForSchema(lab())).toBe(1)
    expect(await errnoOf(busy.query('COMMIT'))).toBeUndefined()
    await raised
    await server.lowerFence(fence, image, never)
  })

  test('a schema that does not exist cannot be fenced', async () => {
    const { server, running } = lab()
    const unknown: FenceSpec = { kind: 'schema', schemas: ['nowhere'] }
    const code = running.engine === 'mysql' ? 'system.refused' : 'system.unsupported'
    await expect(server.observeFence(unknown, never)).rejects.toMatchObject({ code })
  })

  test('an instance fence remembers where the log stood, and a write behind it shows', async () => {
    const { server, root } = lab()
    const whole: FenceSpec = { kind: 'instance' }
    const image = await server.observeFence(whole, never)
    await server.raiseFence(whole, never)
    const first = await server.fenceIsUp(whole, never)
    expect(first).toMatchObject({ up: true, firstPosition: first.position })
    await root(
      'SET GLOBAL read_only = 0',
      "INSERT INTO billing.invoices (note) VALUES ('x')",
      `SET GLOBAL ${lab().running.engine === 'mysql' ? 'super_read_only' : 'read_only'} = 1`,
    )
    const second = await server.fenceIsUp(whole, never)
    expect(second).toMatchObject({ up: true, firstPosition: first.position })
    expect(second.position).not.toEqual(first.position)
    await server.lowerFence(whole, image, never)
  })
}

async function waitingForSchema({ root }: DatabaseLab): Promise<number> {
  const rows = await root(
    "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for%metadata lock'",
  )
  return rows.length
}

/** The rows by which services see that they may write. */
export function releaseFacts(lab: () => DatabaseLab): void {
  const key = { service: 'orders', runId: 'run-1' }
  const release = { ...key, epoch: 3, releasedAt: '2026-11-22T02:00:00.000Z' }

  async function start(): Promise<DatabaseLab> {
    await lab().root('DROP DATABASE IF EXISTS cutover_kit')
    return lab()
  }

  test('a release is there for the service to read once it was written, and gone when it was withdrawn', async () => {
    const { server, session } = await start()
    expect(await server.writeRelease(key, never)).toBeNull()
    await server.withdrawRelease(key, never)
    await server.prepareReleases([app], never)
    await server.prepareReleases([app], never)
    expect(await server.writeRelease(key, never)).toBeNull()
    const reader = await session('app')
    const readIt = async () => (await reader.query(readReleaseSql, ['orders', 'run-1']))[0]
    expect(await readIt()).toEqual([])
    await server.release(release, never)
    expect(await server.writeRelease(key, never)).toEqual(release)
    expect(await readIt()).toMatchObject([{ service: 'orders', run_id: 'run-1', epoch: 3 }])
    expect(await server.writeRelease({ ...key, runId: 'run-2' }, never)).toBeNull()
    expect(await errnoOf(reader.query('DELETE FROM cutover_kit.write_release'))).toBe(1142)
    await server.withdrawRelease(key, never)
    await server.withdrawRelease(key, never)
    expect(await server.writeRelease(key, never)).toBeNull()
  })

  test('a release that is written again keeps its moment, and its epoch only rises', async () => {
    const { server } = await start()
    await server.prepareReleases([app], never)
    await server.release(release, never)
    await server.release({ ...release, epoch: 4, releasedAt: '2026-11-22T02:05:00.000Z' }, never)
    expect(await server.writeRelease(key, never)).toEqual({ ...release, epoch: 4 })
    await server.release({ ...release, epoch: 2 }, never)
    expect(await server.writeRelease(key, never)).toEqual({ ...release, epoch: 4 })
  })

  test('releases, their table and the right to read it stay out of the log', async () => {
    const { server } = await start()
    const before = await server.position(never)
    await server.prepareReleases([app], never)
    await server.release(release, never)
    await server.withdrawRelease(key, never)
    await server.forgetReleaseReaders([app], never)
    expect(await server.position(never)).toEqual(before)
  })

  test('who may read releases is told, and the right is taken back without touching others', async () => {
    const { server, grantsOf } = await start()
    const before = await grantsOf("app@'%'")
    const gone = parseAccountName('nobody_of_that_name')
    expect(await server.missingReleaseReaders([app, gone], never)).toEqual([app, gone])
    await server.prepareReleases([app], never)
    expect(await server.missingReleaseReaders([app, gone], never)).toEqual([gone])
    await server.forgetReleaseReaders([app, gone], never)
    expect(await grantsOf("app@'%'")).toEqual(before)
    expect(await server.missingReleaseReaders([app], never)).toEqual([app])
  })

  test('an account that does not exist cannot be made a reader', async () => {
    const { server } = await start()
    const gone = parseAccountName('nobody_of_that_name')
    await expect(server.prepareReleases([app, gone], never)).rejects.toMatchObject({
      code: 'system.refused',
      message: expect.stringContaining('nobody_of_that_name'),
    })
    expect(await server.missingReleaseReaders([app], never)).toEqual([app])
  })
}
