import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Secrets } from '../../src/core/ports/secrets.ts'
import { takeRunLock } from '../../src/databases/run-lock.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { never, openDatabaseLab, type DatabaseLab } from './database-server-lab.ts'

describe.each<ServerEngine>(['mariadb', 'mysql'])('the run lock of %s', (engine) => {
  let lab: DatabaseLab
  let secrets: Secrets
  beforeAll(async () => {
    lab = await openDatabaseLab(engine)
    secrets = { resolve: () => Promise.resolve(lab.running.admin.password) }
  })
  afterAll(() => lab[Symbol.asyncDispose]())

  const take = (): Promise<AsyncDisposable> => takeRunLock('source', lab.spec, secrets, never)

  it('is held by one run at a time, and the other is told which session holds it', async () => {
    await using _first = await take()
    await expect(take()).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringMatching(/Another run works on .*session \d+ of cutover_admin from/) as string,
    })
  })

  it('is free again when the run that held it is closed', async () => {
    await (await take())[Symbol.asyncDispose]()
    await using second = await take()
    expect(second).toBeDefined()
  })

  it('is free again when the session of a dead run is ended', async () => {
    await using _dead = await take()
    const [holder] = await lab.root("SELECT IS_USED_LOCK('cutover-kit:run') AS id")
    await lab.root(`KILL ${String(holder?.['id'])}`)
    await using second = await take()
    expect(second).toBeDefined()
  })
})
