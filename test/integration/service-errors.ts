import { existsSync } from 'node:fs'
import type { Connection, ResultSetHeader } from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { errorMeanings } from '../../src/databases/error-meaning.ts'
import { findFreePort } from '../../src/lab/servers/find-free-port.ts'
import { installWithApt } from '../../src/lab/servers/install-with-apt.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { classify, type Decision } from '../../src/service/classify.ts'
import { openErrorLab, thrownBy, type ErrorLab } from './error-lab.ts'
import { begin, contexts, earlier, refused, type Provoked, type Trial } from './error-trial.ts'
import { clusterTrials, ordinaryTrials, readOnlyTrials } from './error-trials.ts'

/** Provokes every error of the table that this server can produce, and holds what is said of it against the data. */
export function serviceErrors(engine: ServerEngine): void {
  const own = (trials: readonly Trial[]): Trial[] =>
    trials.filter((trial) => trial.engine === undefined || trial.engine === engine)

  describe(`errors of ${engine}, provoked`, () => {
    let lab: ErrorLab
    beforeAll(async () => {
      lab = await openErrorLab(engine)
    })
    afterAll(() => lab[Symbol.asyncDispose]())

    const tryEach = (trials: readonly Trial[]): void => {
      it.each(own(trials))('$errno $shape: $what → $class', (trial) => tryOne(lab, trial), 15_000)
    }

    describe('on an ordinary server', () => {
      afterEach(() => lab.tidy())
      tryEach(ordinaryTrials)

      it('an insert alone whose session is killed is unknown: one engine commits it all the same', async () => {
        const session = await lab.session()
        const insert = `INSERT INTO t (id, v) SELECT ${refused}, SLEEP(5)`
        const answer = thrownBy(session.query(insert))
        await expect.poll(() => lab.isBusy(session.threadId)).toBe(true)
        await lab.root(`KILL ${session.threadId}`)
        expect(classify(await answer, contexts.alone)).toMatchObject({
          class: 'unknown',
          mayReplay: false,
          mayShowUpgrading: false,
        })
        await expect.poll(() => lab.hasSession(session.threadId)).toBe(false)
        expect(await lab.ids()).toEqual(engine === 'mysql' ? [refused] : [])
      })

      it('a transaction whose session is killed while it idles has done nothing', async () => {
        const session = await lab.session()
        await begin(session)
        await lab.root(`KILL ${session.threadId}`)
        const error = await thrownBy(session.query('COMMIT'))
        // Whoever tracks the connection knows that the COMMIT was not sent on one that was closed before.
        expect(classify(error, contexts.commit).class).toBe('unknown')
        expect(classify(error, contexts.transaction)).toMatchObject({
          class: 'rejected-and-rolled-back',
          mayReplay: true,
        })
        await expect.poll(() => lab.hasSession(session.threadId)).toBe(false)
        expect(await lab.ids()).toEqual([])
      })

      it('a server whose certificate is not trusted was sent nothing', async () => {
        const error = await thrownBy(lab.session('writer', { ssl: { rejectUnauthorized: true } }))
        expect(classify(error, contexts.connect)).toMatchObject({
          class: 'rejected',
          mayReplay: true,
          mayShowUpgrading: false,
        })
      })
    })

    describe('on a storage engine that is read-only', () => {
      beforeAll(() => lab.restart('--innodb-read-only=1', '--skip-log-bin', '--skip-slave-start'))
      tryEach(readOnlyTrials)
    })

    describe('in a cluster of one', () => {
      beforeAll(async () => {
        await lab.restart(...(await clusterOptions(engine)))
        if (engine === 'mysql') await lab.root('START GROUP_REPLICATION')
      })
      afterEach(() => lab.tidy())
      tryEach(clusterTrials)
    })

    it('are all those that the table says are provoked on it, and no others', () => {
      const tried = own([...ordinaryTrials, ...readOnlyTrials, ...clusterTrials]).map(({ errno }) => errno)
      const claimed = errorMeanings.filter(({ source }) => source.provokedOn.includes(engine))
      expect(new Set(tried)).toEqual(new Set(claimed.map(({ errno }) => errno)))
    })
  })
}

async function tryOne(lab: ErrorLab, trial: Trial): Promise<void> {
  const provoked = await trial.provoke(lab)
  try {
    const context = { flavour: lab.engine, ...contexts[trial.shape], ...trial.context }
    const decision = classify(provoked.error, context)
    expect(decision).toMatchObject({
      errno: trial.errno,
      class: trial.class,
      mayShowUpgrading: trial.upgrading,
      mayReplay: trial.class !== 'bug' && trial.class !== 'unknown',
    })
    await checkAgainstData(lab, trial, decision, provoked)
  } finally {
    provoked.session?.destroy()
    await provoked.undo?.()
  }
}

/** What was said of the unit, held against what the server has of it. */
async function checkAgainstData(
  lab: ErrorLab,
  trial: Trial,
  decision: Decision,
  { session, undo }: Provoked,
): Promise<void> {
  if (trial.leaves !== undefined) expect(await lab.ids()).toEqual(trial.leaves)
  if (!decision.mayReplay) return
  if (session !== undefined && (trial.shape === 'transaction' || trial.shape === 'commit')) {
    expect(await isInTransaction(lab, session)).toBe(decision.class !== 'rejected-and-rolled-back')
    session.destroy()
    await expect.poll(() => lab.hasSession(session.threadId), { timeout: 5000 }).toBe(false)
  }
  await undo?.()
  const ids = await lab.ids()
  expect(ids.filter((id) => id === earlier || id === refused)).toEqual([])
}

async function isInTransaction(lab: ErrorLab, session: Connection): Promise<boolean> {
  try {
    // Every answer without rows says whether the session is in a transaction.
    const [answer] = await session.query<ResultSetHeader>('DO 0')
    return (answer.serverStatus & 1) === 1
  } catch {
    // A session that is gone, or one that may not say anything any more.
    const { threadId } = session
    const isListed = (): Promise<boolean> => lab.hasTransaction(threadId)
    const isThere = await lab.hasSession(threadId)
    await expect.poll(isListed, { timeout: 5000, interval: 150 }).toBe(isThere)
    return isThere
  }
}

async function clusterOptions(engine: ServerEngine): Promise<readonly string[]> {
  if (engine === 'mariadb') {
    return [
      '--wsrep-on=ON',
      `--wsrep-provider=${await findGalera()}`,
      '--wsrep-cluster-address=gcomm://',
      '--wsrep-node-address=127.0.0.1',
      '--wsrep-new-cluster',
      '--innodb-autoinc-lock-mode=2',
    ]
  }
  return [
    '--plugin-load-add=group_replication.so',
    '--group-replication-group-name=6d1f0f3e-8c5e-41ef-9a4e-0242ac110002',
    `--group-replication-local-address=127.0.0.1:${await findFreePort()}`,
    '--group-replication-start-on-boot=OFF',
    '--group-replication-bootstrap-group=ON',
  ]
}

/** MariaDB's programs come without it. */
async function findGalera(): Promise<string> {
  const library = '/usr/lib/galera/libgalera_smm.so'
  if (!existsSync(library)) await installWithApt(['galera-4'], new AbortController().signal)
  return library
}
