import { isDeepStrictEqual } from 'node:util'
import type { RowDataPacket } from 'mysql2/promise'
import { labDocument } from '../../src/lab/lab-documents.ts'
import type { Lab } from '../../src/lab/open-lab.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import { startReplication } from '../../src/lab/servers/replication.ts'
import { waitUntilApplied } from '../../src/lab/servers/wait-until-applied.ts'
import { snapshotOf } from '../integration/cutover-lab.ts'
import { until } from './until.ts'

/** Everything a run may change, without what differs from run to run. */
export type World = Record<string, unknown>

export const instances = ['orders-1', 'orders-2'] as const
const by = { user: 'lab', ip: '127.0.0.1' }

export async function readWorld(lab: Lab): Promise<World> {
  const snapshot = await snapshotOf(lab)
  const documents = snapshot['documents'] as (string | undefined)[]
  const servers = await fetch(`${lab.balancer.url}/servers`)
  const backends = (await servers.json()) as { name: string; drained: boolean }[]
  return {
    ...snapshot,
    source: withoutSalts(snapshot['source']),
    target: withoutSalts(snapshot['target']),
    documents: documents.map((text, index) => (index === 2 && text ? withoutTimes(text) : text)),
    replication: await replicationOf(lab),
    drained: backends.filter(({ drained }) => drained).map(({ name }) => name),
  }
}

/** Where two worlds differ, down to the single value, with both values. */
export function differences(now: World, wanted: World): string[] {
  return Object.keys(wanted).flatMap((key) => differencesAt(key, now[key], wanted[key]))
}

function differencesAt(place: string, now: unknown, wanted: unknown): string[] {
  if (isDeepStrictEqual(now, wanted)) return []
  if (isRecord(now) && isRecord(wanted)) {
    const keys = new Set([...Object.keys(now), ...Object.keys(wanted)])
    return [...keys].flatMap((key) => differencesAt(`${place} ${key}`, now[key], wanted[key]))
  }
  return [`${place} is ${JSON.stringify(now)} instead of ${JSON.stringify(wanted)}`]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** MySQL salts the password of an account that a run makes anew each time. */
function withoutSalts(server: unknown): unknown {
  const { accounts, ...rest } = server as { accounts: Readonly<Record<string, string>> }
  const masked = Object.entries(accounts).map(([name, text]) => [
    name,
    /^orders_r[ow]@/.test(name) ? text.replace(/'\$A\$[^]*' REQUIRE/, "'salted' REQUIRE") : text,
  ])
  return { ...rest, accounts: Object.fromEntries(masked) as unknown }
}

/** The epoch rises whenever the locks are taken. */
function withoutTimes(text: string): unknown {
  const { phase, services } = JSON.parse(text) as Record<string, unknown>
  return { phase, services }
}

async function replicationOf(lab: Lab): Promise<Record<string, unknown>> {
  const root = await lab.pair.target.root()
  try {
    const [rows] = await root.query<RowDataPacket[]>(
      lab.engine === 'mysql' ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS',
    )
    const status: Partial<RowDataPacket> = rows[0] ?? {}
    return {
      receives: status['Replica_IO_Running'] ?? status['Slave_IO_Running'],
      applies: status['Replica_SQL_Running'] ?? status['Slave_SQL_Running'],
    }
  } finally {
    root.destroy()
  }
}

/** Statements, out of the binary log: what a test puts right must not travel. */
async function unlogged(server: RunningDatabase, statements: readonly string[]): Promise<void> {
  const root = await server.root()
  try {
    await root.query('SET SESSION sql_log_bin = 0')
    for (const statement of statements) await root.query(statement)
  } finally {
    root.destroy()
  }
}

/** Sessions of the kit's own account: a killed runner leaves them to the server, which ends them soon. */
async function adminSessions(lab: Lab): Promise<number> {
  let count = 0
  for (const server of [lab.pair.source, lab.pair.target]) {
    const root = await server.root()
    try {
      const [rows] = await root.query<RowDataPacket[]>(
        'SELECT COUNT(*) AS n FROM information_schema.processlist WHERE user = ?',
        [server.admin.user],
      )
      count += Number(rows[0]?.['n'] ?? 0)
    } finally {
      root.destroy()
    }
  }
  return count
}

export async function runnersAreGone(lab: Lab): Promise<string[]> {
  const deadline = performance.now() + 5000
  let left = await adminSessions(lab)
  while (left > 0 && performance.now() < deadline) left = await adminSessions(lab)
  return left === 0 ? [] : [`${left} sessions of killed runners live on`]
}

/** What the load wrote goes from both servers. Replication must have caught up. */
export async function forgetWrites(lab: Lab): Promise<void> {
  const { source, target } = lab.pair
  const orders = [
    "DELETE FROM orders.order_lines WHERE order_id LIKE 'w-%' OR order_id LIKE 'canary-%'",
    "DELETE FROM orders.orders WHERE id LIKE 'w-%' OR id LIKE 'canary-%'",
  ]
  await unlogged(source, [...orders, "DELETE FROM billing.invoices WHERE id LIKE 'b-%'"])
  await unlogged(target, [...orders, "DELETE FROM stock.movements WHERE id LIKE 'm-%'"])
}

/** Ends with the world as it was before, whatever a run made of it. @throws when that does not work. */
export async function resetLab(lab: Lab, before: World): Promise<void> {
  const { source, target } = lab.pair
  await restoreReadOnly(source, before['source'])
  await restoreReadOnly(target, before['target'])
  await replicateAgain(lab)
  await waitUntilApplied(source, target, { signal: AbortSignal.timeout(30_000) })
  await restoreAccounts(source, before['source'])
  await restoreDocuments(lab, before['documents'] as (string | undefined)[])
  await Promise.all(instances.map((name) => lab.services.restart(name)))
  await Promise.all(instances.map((name) => backInBalancer(lab, name)))
  await restoreAccounts(target, before['target'])
  await forgetWrites(lab)
  await until(async () => differences(await readWorld(lab), before), [], { withinMs: 10_000 })
}

/** What a run that was left standing still holds goes, so that the rounds after it are tried as well. */
export async function freeLocks(lab: Lab): Promise<void> {
  const free = "UPDATE cutover_kit.run_lock SET run_id = '', lock_id = ''"
  for (const server of [lab.pair.source, lab.pair.target]) await unlogged(server, [free])
  lab.center.server.documents.remove(labDocument('cutover-lock.orders.yaml'), by)
}

/** A completed run has removed the replication, one that was cut off may only have stopped it. */
async function replicateAgain({ engine, pair: { source, target, passwords } }: Lab): Promise<void> {
  const root = await target.root()
  try {
    const mysql = engine === 'mysql'
    const [rows] = await root.query<RowDataPacket[]>(mysql ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS')
    if (rows.length > 0) await root.query(mysql ? 'START REPLICA' : 'START SLAVE')
    else await startReplication(source, target, passwords.replicator, AbortSignal.timeout(30_000))
  } finally {
    root.destroy()
  }
}

/** Whoever restores the rest must be let write. */
async function restoreReadOnly(server: RunningDatabase, before: unknown): Promise<void> {
  const { settings } = before as { settings: readonly { Variable_name: string; Value: string }[] }
  const root = await server.root()
  try {
    // Ending read_only ends super_read_only with it.
    for (const { Variable_name: name, Value: value } of settings)
      if (name === 'read_only') await root.query(`SET GLOBAL read_only = ${value}`)
  } finally {
    root.destroy()
  }
}

type Grants = Readonly<Record<string, readonly string[]>>

async function restoreAccounts(server: RunningDatabase, before: unknown): Promise<void> {
  const { grants } = before as { grants: Grants }
  const root = await server.root()
  try {
    await root.query('SET SESSION sql_log_bin = 0')
    const [rows] = await root.query<RowDataPacket[]>(
      "SELECT user AS user, host AS host FROM mysql.user WHERE user <> ''",
    )
    for (const { user, host } of rows as unknown as { user: string; host: string }[]) {
      const kept = grants[`${user}@${host}`]
      if (!kept) await root.query('DROP USER ?@?', [user, host])
      else if (user.endsWith('_app')) {
        await root.query('REVOKE ALL PRIVILEGES, GRANT OPTION FROM ?@?', [user, host])
        for (const statement of kept) await root.query(statement)
      }
    }
  } finally {
    root.destroy()
  }
}

async function restoreDocuments(lab: Lab, before: readonly (string | undefined)[]): Promise<void> {
  const [orders] = before
  const { documents } = lab.center.server
  documents.publish(labDocument('orders.yaml'), { content: orders ?? '', type: 'yaml', ...by }, '')
  documents.remove(labDocument('cutover-notice.json'), by)
  documents.remove(labDocument('cutover-next.orders.yaml'), by)
  const visible = (): unknown => documents.visible(labDocument('cutover-notice.json'))
  await until(visible, undefined, { withinMs: 5000, everyMs: 20 })
}

function backInBalancer(lab: Lab, name: string): Promise<void> {
  const putBack = async (): Promise<number> => {
    const answer = await fetch(`${lab.balancer.url}/servers/${name}/ready`, { method: 'PUT' })
    await answer.arrayBuffer()
    return answer.status
  }
  return until(putBack, 200, { withinMs: 30_000 })
}
