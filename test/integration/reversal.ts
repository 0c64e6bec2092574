import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runInLab, type LabRun } from '../../src/cli/rehearsal/run-in-lab.ts'
import type { JournalEntry } from '../../src/core/journal-entry.ts'
import { auditLab, startLabLoad } from '../../src/lab/lab-load.ts'
import type { RunningLoad } from '../../src/lab/load/types.ts'
import { openLab, type Lab } from '../../src/lab/open-lab.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { waitUntilApplied } from '../../src/lab/servers/wait-until-applied.ts'
import { readJournal } from '../../src/runner/read-journal.ts'
import { atRoot, expectNoSecrets, playbooks, snapshotOf, writesWorkAgain } from './cutover-lab.ts'

const patience = (): AbortSignal => AbortSignal.timeout(30_000)

/** One lab: there, a way back that is refused, one that fails in the middle, and one that leads back. Under load. */
export function reversals(engine: ServerEngine): void {
  describe(`a service that is moved there and back on ${engine}`, () => {
    let lab: Lab
    let before: unknown
    let there: string
    const logs: string[] = []

    beforeAll(async () => {
      lab = await openLab({
        engine,
        rows: 3000,
        seed: 11,
        sharedAccount: false,
        reverseSync: true,
        signal: AbortSignal.timeout(180_000),
        say: () => undefined,
      })
      await writePlaybooks(lab)
      before = await stateOf(lab)
    })
    afterAll(() => lab?.[Symbol.asyncDispose]())

    function cutover(...command: readonly string[]): Promise<LabRun> {
      const confirm = command[0] === 'reverse' ? 'orders-source' : 'orders-target'
      const playbook = join(lab.directory, 'stop-write-reversible.yaml')
      const signal = new AbortController().signal
      return runInLab(lab, { playbook, command, confirm, signal, show: false })
    }

    it('goes there with a reverse sync that carries every write back, and loses none', async () => {
      await using load = await startLoad(lab, logs)
      const run = await cutover('run', join(lab.directory, 'stop-write-reversible.yaml'))
      expect({ exitCode: run.exitCode, output: run.output }).toMatchObject({ exitCode: 0 })
      there = basename(run.result?.directory ?? '')
      await writesWorkAgain(lab)
      const summary = await load.stop()
      await waitUntilApplied(lab.pair.target, lab.pair.source, { signal: patience() })
      const audit = await auditLab(lab, summary, 'target', { reverseSync: true })
      expect(audit.findings).toEqual([])
      expect(audit.writes.acknowledged).toBeGreaterThan(50)
      expect(await replicationRuns(lab)).toEqual({ forward: false, reverse: true })
      expect(run.result?.whatToDo.join()).toContain(`cutover reverse ${there}`)
    })

    it('is not undone any more, and undo names the way back', async () => {
      const run = await cutover('undo', there)
      expect(run.exitCode).toBe(2)
      expect(run.output).toMatch(/point of no return was passed/)
      expect(run.output).toContain(`cutover reverse ${there}`)
    })

    it('is not begun to be moved back while the reverse sync is stopped', async () => {
      const moved = await stateOf(lab)
      await atRoot(lab.pair.source, engine === 'mysql' ? 'STOP REPLICA' : 'STOP SLAVE')
      const run = await cutover('reverse', there)
      await atRoot(lab.pair.source, engine === 'mysql' ? 'START REPLICA' : 'START SLAVE')
      expect({ exitCode: run.exitCode, output: run.output }).toEqual({
        exitCode: 4,
        output: expect.stringMatching(/sync reverse is stopped/) as string,
      })
      await expect.poll(() => stateOf(lab), { timeout: 10_000 }).toEqual(moved)
    })

    it('stays on the target when the reverse sync is stuck in the middle of the way back', async () => {
      await using load = await startLoad(lab, logs)
      const moved = await stateOf(lab)
      const blocker = await lab.pair.source.root()
      const stuck = blockWhen(lab, 'announce-upgrading', async () => {
        await blocker.query('LOCK TABLES orders.orders READ')
      })
      const run = await cutover('reverse', there)
      await stuck
      blocker.destroy()
      expect({ exitCode: run.exitCode, output: run.output }).toEqual({
        exitCode: 7,
        output: expect.stringMatching(/caught-up-after/) as string,
      })
      expect(run.result?.undone).toContain('fence')
      await writesWorkAgain(lab)
      const summary = await load.stop()
      await waitUntilApplied(lab.pair.target, lab.pair.source, { signal: patience() })
      const audit = await auditLab(lab, summary, 'target', {
        reverseSync: true,
        earlierLogs: logs.slice(0, -1),
      })
      // A service that reads from the source cannot see the newest orders while the sync is stuck.
      expect(audit.findings.filter((finding) => !/reads of orders failed/.test(finding))).toEqual([])
      expect(await stateOf(lab)).toEqual(moved)
    })

    it('comes back with every write of both sides exactly once, and everything is as before the way there', async () => {
      await using load = await startLoad(lab, logs)
      // The newest run is the way back that failed: without a name, the run is meant that it was to move back.
      const run = await cutover('reverse')
      expect({ exitCode: run.exitCode, output: run.output }).toMatchObject({ exitCode: 0 })
      await writesWorkAgain(lab)
      const summary = await load.stop()
      await waitUntilApplied(lab.pair.source, lab.pair.target, { signal: patience() })
      const audit = await auditLab(lab, summary, 'source', { earlierLogs: logs.slice(0, -1) })
      expect(audit.findings).toEqual([])
      expect(audit.writes).toMatchObject({ lost: 0, doubled: 0 })
      expect(await stateOf(lab)).toEqual(before)
      await expect(logInAsOrders(lab)).rejects.toMatchObject({ code: 'ER_ACCESS_DENIED_ERROR' })
      expect(await started(run)).toMatchObject({ playbook: 'stop-write-reverse', reverses: there })
      await expectNoSecrets(lab, run)
    })

    it('is moved back only once, and its first run is not taken up again', async () => {
      for (const command of ['reverse', 'resume']) {
        const run = await cutover(command, there)
        expect(run.exitCode).toBe(2)
        expect(run.output).toMatch(/was moved back by run .*stop-write-reverse/)
      }
    })
  })
}

/** Both playbooks beside each other, with waits that suit a test. */
async function writePlaybooks(lab: Lab): Promise<void> {
  for (const name of ['stop-write-reversible.yaml', 'stop-write-reverse.yaml']) {
    const text = await readFile(join(playbooks, name), 'utf8')
    const quick = text
      .replace('every: 1s', 'every: 100ms')
      .replace(/(id: caught-up-before[\s\S]*?deadline: )60s/, '$13s')
      .replace(/(id: caught-up-after[\s\S]*?deadline: )30s/, '$14s')
    await writeFile(join(lab.directory, name), quick)
  }
}

function startLoad(lab: Lab, logs: string[]): Promise<RunningLoad> {
  const name = `load-${logs.length + 1}.jsonl`
  logs.push(join(lab.directory, name))
  return startLabLoad(lab, {
    seed: randomBytes(3).readUIntBE(0, 3),
    writesPerSecond: 40,
    readsPerSecond: 60,
    name,
  })
}

/** Accounts, grants and settings of both servers, documents, replication. Of the notice only whether it is over. */
async function stateOf(lab: Lab): Promise<unknown> {
  const { documents, ...servers } = await snapshotOf(lab)
  const [orders, billing, notice] = documents as (string | undefined)[]
  const phase = notice === undefined ? 'done' : (JSON.parse(notice) as { phase: string }).phase
  return { ...servers, orders, billing, phase, replication: await replicationRuns(lab) }
}

async function replicationRuns({ engine, pair }: Lab): Promise<{ forward: boolean; reverse: boolean }> {
  const runs = async (on: 'source' | 'target'): Promise<boolean> => {
    const root = await pair[on].root()
    try {
      const mysql = engine === 'mysql'
      const [rows] = await root.query<RowDataPacket[]>(mysql ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS')
      const [row] = rows
      return (row?.['Replica_IO_Running'] ?? row?.['Slave_IO_Running']) === 'Yes'
    } finally {
      root.destroy()
    }
  }
  return { forward: await runs('target'), reverse: await runs('source') }
}

/** Acts as soon as the newest run intends the step. */
async function blockWhen(lab: Lab, step: string, act: () => Promise<void>): Promise<void> {
  const runs = join(lab.directory, 'runs')
  const known = new Set(await readdir(runs))
  const isReached = async (): Promise<boolean> => {
    const fresh = (await readdir(runs)).find((name) => !known.has(name))
    if (fresh === undefined) return false
    const text = await readFile(join(runs, fresh, 'journal.jsonl'), 'utf8').catch(() => '')
    return text.includes(`"type":"step.intended","id":"${step}"`)
  }
  await expect.poll(isReached, { interval: 10, timeout: 60_000 }).toBe(true)
  await act()
}

async function logInAsOrders({ pair: { target, passwords } }: Lab): Promise<void> {
  const { host, port } = target
  const session = await createConnection({
    host,
    port,
    user: 'orders_rw',
    password: passwords.orders_rw.reveal(),
  })
  session.destroy()
}

async function started(run: LabRun): Promise<JournalEntry | undefined> {
  const [first] = await readJournal(run.result?.directory ?? '')
  return first
}
