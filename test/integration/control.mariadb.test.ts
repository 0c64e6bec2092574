import { execa } from 'execa'
import { createConnection, type Connection } from 'mysql2/promise'
import { readdir, readFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JournalEntry } from '../../src/core/journal-entry.ts'
import { auditLab, startLabLoad } from '../../src/lab/lab-load.ts'
import type { Lab } from '../../src/lab/open-lab.ts'
import { startAtTerminal, type AtTerminal } from './at-terminal.ts'
import { openTestLab, writePlaybook } from './cutover-lab.ts'
import { cutover } from './rehearse.ts'

/** What needs no database is in steering.test.ts. */
describe('a run that is steered while it goes on', () => {
  let lab: Lab
  let playbook: string
  let runs: string
  beforeAll(async () => {
    lab = await openTestLab('mariadb')
    runs = join(lab.directory, 'runs')
    const change = [
      [/(id: caught-up-before[\s\S]*?deadline: )60s/, '$15m'],
      [/(gate: no-sessions[\s\S]*?deadline: )20s/, '$160s'],
      ['goodReadings: 5', 'goodReadings: 1'],
    ] as const
    playbook = await writePlaybook(lab, { change })
  })
  afterAll(() => lab[Symbol.asyncDispose]())

  interface Ended {
    readonly exitCode: number | undefined
    readonly stdout: string
    readonly stderr: string
  }

  /** Another terminal: a process of its own, without the lab's addresses and passwords. */
  async function call(...args: readonly string[]): Promise<Ended> {
    const options = { reject: false, stdin: 'ignore' } as const
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [cutover, ...args, '--runs', runs],
      options,
    )
    return { exitCode, stdout, stderr }
  }

  const agreed = ['--confirm', 'orders-target', '--agree-all'] as const

  const startRun = (): AtTerminal =>
    startAtTerminal(['run', playbook, ...agreed, '--runs', runs], { ...lab.environment })

  async function resume(): Promise<Ended> {
    const args = ['resume', ...agreed, '--runs', runs]
    const options = { env: { ...lab.environment }, reject: false, stdin: 'ignore' } as const
    const { exitCode, stdout, stderr } = await execa(process.execPath, [cutover, ...args], options)
    return { exitCode, stdout, stderr }
  }

  async function journal(): Promise<readonly JournalEntry[]> {
    const [newest] = await readdir(runs).catch(() => [])
    const file = join(runs, newest ?? 'none', 'journal.jsonl')
    const text = await readFile(file, 'utf8').catch(() => '')
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as JournalEntry)
  }

  async function reached(type: JournalEntry['type'], id?: string): Promise<void> {
    const wanted = (entry: JournalEntry): boolean =>
      entry.type === type && (id === undefined || ('id' in entry && entry.id === id))
    await expect
      .poll(async () => (await journal()).some(wanted), { interval: 20, timeout: 40_000 })
      .toBe(true)
  }

  /** The target applies nothing while this lives: the run waits in a gate of its preparation. */
  async function blockTarget(): Promise<AsyncDisposable> {
    const blocker = await lab.pair.target.root()
    await blocker.query('LOCK TABLES orders.orders READ')
    return { [Symbol.asyncDispose]: () => Promise.resolve(blocker.destroy()) }
  }

  /** The run waits in the pause, after the services' restart and before the fence, while this session lives. */
  function lingeringSession(): Promise<Connection> {
    const { source, passwords } = lab.pair
    const password = passwords.orders_app.reveal()
    return createConnection({ host: source.host, port: source.port, user: 'orders_app', password })
  }

  const me = `${userInfo().username}@${hostname()}`

  it('is held, watched and continued from other terminals, outlives its own, and loses nothing', async () => {
    await using load = await startLabLoad(lab, {
      seed: 2,
      writesPerSecond: 40,
      readsPerSecond: 40,
      name: 'load.jsonl',
    })
    const blocker = await blockTarget()
    const run = startRun()
    await reached('gate.waiting', 'caught-up-before')
    expect((await call('pause', '--reason', 'the lag')).stdout).toMatch(/waits now until: cutover continue/)
    await blocker[Symbol.asyncDispose]()
    await expect.poll(async () => (await call('status')).stdout, { timeout: 10_000 }).toMatch(/held by hand/)
    const [status, second, noted] = await Promise.all([
      call('status', '--json'),
      resume(),
      call('note', 'the phone rang'),
    ])
    expect(JSON.parse(status.stdout)).toMatchObject({
      condition: 'held',
      phase: 'prepare',
      position: { inPause: false, held: true },
      live: { playbook: 'stop-write', pauseMs: null },
    })
    expect(noted).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('noted') as string })
    expect(second).toMatchObject({
      exitCode: 9,
      stderr: expect.stringMatching(/Process \d+ works on run/) as string,
    })
    const attached = call('attach')
    const lingering = await lingeringSession()
    expect((await call('continue')).stdout).toMatch(/goes on now/)
    await reached('gate.waiting', 'no-sessions')
    // The connection of whoever started it is lost in the pause: that is no reason to leave users without an end.
    run.hangUp()
    await reached('operator.asked')
    await expect.poll(async () => (await journal()).filter(isPark).length).toBe(1)
    lingering.destroy()
    await reached('run.ended')
    const watched = await attached
    expect(watched).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/smoke-test[\s\S]*Stopped as it stands/) as string,
    })
    const entries = await journal()
    expect(
      entries.filter((entry) => entry.type === 'operator.asked').map(({ wish, by, why }) => [wish, by, why]),
    ).toEqual([
      ['hold', me, 'the lag'],
      ['go-on', me, undefined],
      ['park', 'SIGHUP', undefined],
    ])
    expect(entries).toContainEqual(
      expect.objectContaining({ type: 'operator.note', text: 'the phone rang', by: me }),
    )
    expect(entries.at(-1)).toMatchObject({ type: 'run.ended', outcome: 'stopped' })
    expect(entries.some((entry) => entry.type === 'step.done' && entry.id === 'smoke-test')).toBe(true)
    expect(entries.some((entry) => entry.type === 'phase.started' && entry.phase === 'settle')).toBe(false)

    const late = await lingeringSession()
    const resumed = resume()
    await reached('gate.waiting', 'source-stays-quiet')
    expect((await call('stop', '--now')).stderr).toMatch(/point of no return was passed/)
    expect((await call('stop')).stdout).toMatch(/stops now and leaves everything as it stands/)
    expect((await resumed).exitCode).toBe(5)
    late.destroy()
    expect((await resume()).exitCode).toBe(0)
    expect((await call('status')).stdout).toMatch(/: completed/)
    const audit = await auditLab(lab, await load.stop(), 'target')
    expect(audit.findings).toEqual([])
  })
})

function isPark(entry: JournalEntry): boolean {
  return entry.type === 'operator.asked' && entry.wish === 'park'
}
