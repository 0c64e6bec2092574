import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/lab/load/seeded-random.ts'
import { openLab, type Lab } from '../../src/lab/open-lab.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { hotPlaybook } from '../bench/hot/hot-playbook.ts'
import { readWorld, resetLab, type World } from '../crash/crash-lab.ts'
import { attempt, playbooks, snapshotOf, type Attempt, type Attempted } from './cutover-lab.ts'

interface SwitchFault {
  readonly name: string
  /** Users of a process that is frozen, dead or started anew see that, whoever does it to it. */
  readonly usersNotice?: true
  readonly try: (night: Night) => Promise<void>
}

/** A lab whose orders can be switched live, and one attempt to do so. */
interface Night {
  readonly lab: Lab
  /** @returns what became of the run, with its audit. */
  readonly attempt: (options: Attempt) => Promise<Attempted>
}

/**
 * Live switches that go wrong, with the runner as it is, under load, with an account fence, so that other services go on.
 * Each leaves no lost, doubled or wrongly acknowledged write, and is complete or as if it had never begun. Two of them,
 * chosen by chance; with `SWITCH_FAULTS=all` all of them, with `SWITCH_FAULTS=3` those of this seed.
 */
export function switchFaults(engine: ServerEngine): void {
  describe(`a live switch that goes wrong on ${engine}`, () => {
    let lab: Lab
    let before: World
    beforeAll(async () => {
      lab = await openLab({
        engine,
        rows: 1000,
        seed: 7,
        sharedAccount: false,
        hot: true,
        signal: AbortSignal.timeout(180_000),
        say: () => undefined,
      })
      const shipped = await readFile(join(playbooks, 'stop-write-hot.yaml'), 'utf8')
      await writeFile(playbookOf(lab), hotPlaybook(shipped, 'account'))
      before = await readWorld(lab)
    })
    afterAll(() => lab[Symbol.asyncDispose]())

    it.each(chosenFaults())('$name', async (fault) => {
      await fault.try({
        lab,
        attempt: async (options) => {
          const world = await snapshotOf(lab)
          const run = await attempt(lab, { playbook: playbookOf(lab), ...options })
          expect(run.audit.writes, run.output).toMatchObject({ lost: 0, doubled: 0 })
          const serious = run.audit.findings.filter(
            (finding) => !fault.usersNotice || !seenByUsers.test(finding),
          )
          expect(serious, run.output).toEqual([])
          if (run.result?.noReturnPassed) await resetLab(lab, before)
          else expect(await snapshotOf(lab)).toEqual(world)
          return run
        },
      })
    })
  })
}

function chosenFaults(): readonly SwitchFault[] {
  const wanted = process.env['SWITCH_FAULTS'] ?? String(Math.floor(Math.random() * 1e6))
  if (wanted === 'all') return faults
  console.log(`SWITCH_FAULTS=${wanted}`)
  const random = seededRandom(Number(wanted))
  const keyed = faults.map((fault) => ({ fault, key: random() }))
  return keyed
    .sort((a, b) => a.key - b.key)
    .slice(0, 2)
    .map(({ fault }) => fault)
}

const seenByUsers = /reads of orders (failed|were not sent)|refused without the friendly answer|were not sent/

function playbookOf(lab: Lab): string {
  return join(lab.directory, 'hot.yaml')
}

const faults: readonly SwitchFault[] = [
  {
    name: 'a process that does not answer keeps the pause from beginning',
    async try({ lab, attempt }) {
      const { url } = lab.services.instance('billing-1')
      const change = [
        [/(id: |gate: )instances-ready([^]*?)deadline: 60s/, '$1instances-ready$2deadline: 3s'],
      ] as const
      const run = await attempt({ environment: { ORDERS_2_URL: url }, change })
      expect({ code: run.exitCode, text: run.output }).toMatchObject({
        code: 7,
        text: expect.stringMatching(/orders-2 of orders/) as string,
      })
      expect(run.audit.writes.refused).toBe(0)
    },
  },
  {
    name: 'a process that freezes before it has heard of the hold makes the run take it back',
    usersNotice: true,
    async try({ lab, attempt }) {
      const { pid } = lab.services.instance('orders-2')
      const run = await attempt({
        at: { moment: 'after step.intended hold', act: async () => void process.kill(pid, 'SIGSTOP') },
        afterwards: () => void process.kill(pid, 'SIGCONT'),
      })
      expect({ code: run.exitCode, text: run.output }).toMatchObject({
        code: 7,
        text: expect.stringMatching(/orders-2/) as string,
      })
    },
  },
  {
    name: 'a transaction that takes too long is kept, and the held writes go on at the source',
    async try(night) {
      const { run, status } = await withSlowWrite(night, [])
      expect(run.exitCode, run.output).toBe(7)
      expect(status).toBe(201)
      expect(run.audit.writes.refused).toBe(0)
    },
  },
  {
    name: 'a transaction that takes too long is ended where the playbook says so, and the switch goes on',
    async try(night) {
      const { run, status } = await withSlowWrite(night, [[/drain: 500ms/, 'drain: 500ms, late: end']])
      expect(run.exitCode, run.output).toBe(0)
      expect(status).toBe(503)
    },
  },
  {
    name: 'a process that is killed while it holds keeps nobody else waiting',
    usersNotice: true,
    async try({ lab, attempt }) {
      const run = await attempt({
        at: { moment: 'after step.done hold', act: () => lab.services.kill('orders-1') },
        // Nobody waits for it any more, but the end of the run wants all of them healthy.
        when: { journalHas: '"id":"healthy-after"', act: () => lab.services.restart('orders-1') },
      })
      expect(run.exitCode, run.output).toBe(0)
      expect(run.output).toContain('no answer from orders-1')
    },
  },
  {
    name: 'a process that is started in the middle of the pause goes on at the target',
    usersNotice: true,
    async try({ lab, attempt }) {
      const { target } = lab.pair
      let datasource = ''
      const run = await attempt({
        at: { moment: 'after step.done fence', act: () => lab.services.restart('orders-2') },
        afterwards: async () => {
          datasource = await datasourceOf(lab, 'orders-2')
        },
      })
      expect(run.exitCode, run.output).toBe(0)
      expect(datasource).toBe(`${target.host}:${target.port}/orders`)
    },
  },
  {
    name: 'a config center that is away from the hold to the release is not missed',
    async try({ lab, attempt }) {
      const run = await attempt({
        at: {
          moment: 'after step.done hold',
          act: async () => {
            await lab.center.server.setDown(true)
            // Long enough for fence, position and release; the steps after it wait.
            setTimeout(() => void lab.center.server.setDown(false), 3000)
          },
        },
      })
      expect(run.exitCode, run.output).toBe(0)
      expect(run.audit.writes.refused).toBe(0)
    },
  },
  {
    name: 'a release that comes later than writes may be held finds them answered "upgrading" and not run',
    async try({ attempt }) {
      const run = await attempt({
        change: [[/drain: 2s, limit: 8s/, 'drain: 500ms, limit: 1500ms']],
        at: { moment: 'before step.intended release', act: () => sleep(3000) },
      })
      expect(run.exitCode, run.output).toBe(0)
      const { refused, refusedFriendly } = run.audit.writes
      expect(refused).toBeGreaterThan(0)
      expect(refusedFriendly).toBe(refused)
    },
  },
]

/** An order whose transaction waits for somebody else's lock from before the hold until it is answered or let go. */
async function withSlowWrite(
  { lab, attempt }: Night,
  change: readonly (readonly [RegExp, string])[],
): Promise<{ readonly run: Attempted; readonly status: number }> {
  const blocker = await lab.pair.source.root()
  const order = { id: 'base-slow', customer: 'test', item: 'slow', quantity: 1, price: '1.00' }
  let slow: Promise<number> = Promise.resolve(0)
  try {
    const run = await attempt({
      change: [[/drain: 2s/, 'drain: 500ms'], ...change],
      at: {
        moment: 'after step.intended hold',
        act: async () => {
          await blocker.query('START TRANSACTION')
          await blocker.query(
            'INSERT INTO orders.orders (id, customer, item, quantity, price) VALUES (?, ?, ?, ?, ?)',
            Object.values(order),
          )
          slow = postOrder(lab, order)
          void slow.then(() => blocker.query('ROLLBACK'))
        },
      },
      afterwards: async () => {
        await blocker.query('ROLLBACK')
        await slow
        await forget(lab)
      },
    })
    return { run, status: await slow }
  } finally {
    blocker.destroy()
  }
}

async function postOrder(lab: Lab, order: object): Promise<number> {
  const answer = await fetch(`${lab.balancer.url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  })
  await answer.arrayBuffer()
  return answer.status
}

/** The audit counts orders that were there before by their prefix. */
async function forget(lab: Lab): Promise<void> {
  const root = await lab.pair.source.root()
  try {
    await root.query("DELETE FROM orders.order_lines WHERE order_id = 'base-slow'")
    await root.query("DELETE FROM orders.orders WHERE id = 'base-slow'")
  } finally {
    root.destroy()
  }
}

async function datasourceOf(lab: Lab, instance: string): Promise<string> {
  const { url } = lab.services.instance(instance)
  const headers = { authorization: `Bearer ${lab.environment['ORDERS_STATUS_TOKEN']}` }
  const answer = await fetch(`${url}/cutover/status`, { headers })
  return ((await answer.json()) as { datasource: string }).datasource
}
