import { execa } from 'execa'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labDocument } from '../../src/lab/lab-documents.ts'
import type { Lab } from '../../src/lab/open-lab.ts'
import { startTcpProxy, type TcpProxy } from '../../src/lab/proxy/start-tcp-proxy.ts'
import { atRoot, openTestLab, playbooks } from './cutover-lab.ts'
import { cutover } from './rehearse.ts'

/** What the operator does not type ends a run that was not refused: its plan was accepted, and nothing was changed. */
const accepted = 10
const refused = 3

type Environment = Readonly<Record<string, string>>

interface Case {
  readonly what: string
  /** Changes something between plan and run; what it returns is the environment of the run. */
  readonly change: (night: Night) => Promise<Environment | void> | Environment | void
  readonly takeBack?: (night: Night) => Promise<void> | void
  /** What the refusal says; absent: the run is not refused. */
  readonly says?: RegExp
}

interface Night {
  readonly lab: Lab
  readonly playbook: string
  /** Where the source's address leads. */
  readonly sourceAddress: { port: number }
}

const orders = labDocument('orders.yaml')
const notice = labDocument('cutover-notice.json')

const cases: readonly Case[] = [
  {
    what: 'a grant that the fence takes away',
    change: ({ lab }) => atRoot(lab.pair.source, "REVOKE DELETE ON orders.* FROM orders_app@'%'"),
    takeBack: ({ lab }) => atRoot(lab.pair.source, "GRANT DELETE ON orders.* TO orders_app@'%'"),
    says: /fence: approved account 'orders_app'@'%' on source: INSERT, UPDATE, DELETE on .*; now account .* INSERT, UPDATE on /,
  },
  {
    what: 'an account that the run would have made',
    change: ({ lab }) => {
      const password = lab.pair.passwords.orders_ro.reveal()
      return atRoot(lab.pair.target, ...unlogged(`CREATE USER orders_ro@'%' IDENTIFIED BY '${password}'`))
    },
    takeBack: ({ lab }) => atRoot(lab.pair.target, ...unlogged("DROP USER orders_ro@'%'")),
    says: /read-only-account: approved account 'orders_ro'@'%' on target: nothing → .*; now account .* without SELECT/,
  },
  {
    what: 'another account that may write the tables',
    change: ({ lab }) =>
      atRoot(
        lab.pair.source,
        "CREATE USER nightly@'%' IDENTIFIED BY 'Pass-word.1'",
        "GRANT INSERT ON orders.orders TO nightly@'%'",
      ),
    takeBack: ({ lab }) => atRoot(lab.pair.source, "DROP USER nightly@'%'"),
    says: /'nightly'@'%' may write to the same tables/,
  },
  {
    what: 'the datasource document, somewhere else in it',
    change: ({ lab }) => editOrders(lab, 'maximum-pool-size: 8', 'maximum-pool-size: 9'),
    takeBack: ({ lab }) => editOrders(lab, 'maximum-pool-size: 9', 'maximum-pool-size: 8'),
    says: /config-read-only: approved document orders\.yaml in nacos: .* version [0-9a-f]{8} → .*; now .* version [0-9a-f]{8} →/,
  },
  {
    what: 'the notice',
    change: ({ lab }) => publish(lab, notice, otherNotice()),
    takeBack: ({ lab }) => lab.center.server.documents.remove(notice, { user: 'somebody', ip: '127.0.0.1' }),
    says: /announce-armed: approved notice .*: nothing → .*; now notice .*: armed of run other-run, valid until/,
  },
  {
    what: 'the state of replication',
    change: ({ lab }) => atRoot(lab.pair.target, 'STOP SLAVE'),
    takeBack: ({ lab }) => atRoot(lab.pair.target, 'START SLAVE'),
    says: /sync is not what it was: approved replication from source to target, running; now .* stopped; .*stop-sync: approved .*; now nothing to do/,
  },
  {
    what: 'the server behind an address',
    change: ({ lab, sourceAddress }) => {
      sourceAddress.port = lab.pair.target.port
      return { SOURCE_PASSWORD: lab.pair.target.admin.password.reveal() }
    },
    takeBack: ({ lab, sourceAddress }) => {
      sourceAddress.port = lab.pair.source.port
    },
    says: /source is not what it was: approved MariaDB \S+ at \S+, server (\w+), .*; now MariaDB \S+ at \S+, server (?!\1)\w+,/,
  },
  {
    what: 'a value in the playbook',
    change: ({ playbook }) => edit(playbook, 'budget: 6m', 'budget: 7m'),
    takeBack: ({ playbook }) => edit(playbook, 'budget: 7m', 'budget: 6m'),
    says: /the playbook \S+ itself was edited, or its variables are others/,
  },
  {
    what: 'a variable',
    change: () => ({ ORDERS_URL: 'http://127.0.0.1:9' }),
    says: /the playbook \S+ itself was edited, or its variables are others/,
  },
  {
    what: 'only a comment, a variable of something else, and rows (with them the position that gates read)',
    change: async ({ lab, playbook }) => {
      await edit(playbook, '# Nobody notices.', '# Nobody, nobody notices.')
      await atRoot(lab.pair.source, "UPDATE orders.orders SET note = 'later' ORDER BY id LIMIT 1")
      return { BILLING_URL: 'http://127.0.0.1:9' }
    },
  },
]

describe('a plan that was approved', () => {
  let night: Night
  let proxy: TcpProxy
  let approved: string
  beforeAll(async () => {
    const lab = await openTestLab('mariadb')
    const sourceAddress = { host: lab.pair.source.host, port: lab.pair.source.port }
    proxy = await startTcpProxy({ to: sourceAddress })
    night = { lab, playbook: join(lab.directory, 'move.yaml'), sourceAddress }
    await writeFile(night.playbook, await readFile(join(playbooks, 'stop-write.yaml'), 'utf8'))
    approved = join(lab.directory, 'approved.json')
    const { exitCode } = await call(night, proxy, ['plan', night.playbook, '--out', approved])
    expect(exitCode).toBe(0)
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await night.lab[Symbol.asyncDispose]()
  })

  it.each(cases)('binds when somebody changes $what', async ({ change, takeBack, says }) => {
    const environment = await change(night)
    try {
      const args = ['run', night.playbook, '--plan', approved, '--runs', join(night.lab.directory, 'runs')]
      const { exitCode, stderr } = await call(night, proxy, args, environment ?? {})
      expect(stderr).toMatch(says ?? /Nothing was changed/)
      expect(exitCode).toBe(says ? refused : accepted)
    } finally {
      await takeBack?.(night)
    }
  })
})

function call(
  { lab }: Night,
  proxy: TcpProxy,
  args: readonly string[],
  environment: Environment = {},
): Promise<{ readonly exitCode?: number; readonly stderr: string }> {
  const source = { SOURCE_HOST: proxy.host, SOURCE_PORT: String(proxy.port) }
  return execa(process.execPath, [cutover, ...args], {
    env: { ...lab.environment, ...source, ...environment },
    reject: false,
    stdin: 'ignore',
  })
}

/** The target has a log of its own; what a test does there is no business of the replication. */
function unlogged(statement: string): readonly string[] {
  return ['SET sql_log_bin = 0', statement]
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  expect(text).toContain(from)
  await writeFile(file, text.replace(from, to))
}

function editOrders(lab: Lab, from: string, to: string): void {
  const before = lab.center.server.documents.stored(orders)?.content ?? ''
  expect(before).toContain(from)
  publish(lab, orders, before.replace(from, to))
}

function publish(lab: Lab, key: typeof orders, content: string): void {
  const by = { user: 'somebody', ip: '127.0.0.1' }
  const type = key === orders ? 'yaml' : 'json'
  expect(lab.center.server.documents.publish(key, { content, type, ...by }, '')).toBe(true)
}

function otherNotice(): string {
  const until = new Date(Date.now() + 3_600_000).toISOString()
  return JSON.stringify({
    kind: 'cutover-notice',
    version: 1,
    runId: 'other-run',
    epoch: 1,
    phase: 'armed',
    services: ['orders'],
    since: new Date().toISOString(),
    until,
    retryAfterSeconds: 30,
  })
}
