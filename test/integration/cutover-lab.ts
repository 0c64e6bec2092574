import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { runInLab, type LabRun } from '../../src/cli/rehearsal/run-in-lab.ts'
import type { Audit } from '../../src/lab/audit/types.ts'
import { auditLab, startLabLoad } from '../../src/lab/lab-load.ts'
import { labDocument } from '../../src/lab/lab-documents.ts'
import { openLab, type Lab } from '../../src/lab/open-lab.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { waitUntilApplied } from '../../src/lab/servers/wait-until-applied.ts'
import { nameOf, openJournalGate, type JournalGate } from '../crash/journal-gate.ts'

export const playbooks = fileURLToPath(new URL('../../playbooks/', import.meta.url))

export function openTestLab(engine: ServerEngine, sharedAccount = false): Promise<Lab> {
  return openLab({
    engine,
    rows: 5000,
    seed: 7,
    sharedAccount,
    signal: AbortSignal.timeout(180_000),
    say: () => undefined,
  })
}

const documentsOfRuns = [
  'orders.yaml',
  'billing.properties',
  'cutover-notice.json',
  'cutover-next.orders.yaml',
]

/** Everything a run may change outside, as text that must be equal before and after an undone run. */
export async function snapshotOf(lab: Lab): Promise<Record<string, unknown>> {
  const document = (dataId: string): string | undefined =>
    lab.center.server.documents.stored(labDocument(dataId))?.content
  return {
    source: await snapshotOfServer(lab.pair.source),
    target: await snapshotOfServer(lab.pair.target),
    documents: documentsOfRuns.map((dataId) => document(dataId)),
  }
}

async function snapshotOfServer(server: RunningDatabase): Promise<Record<string, unknown>> {
  const root = await server.root()
  try {
    const [users] = await root.query(
      "SELECT user AS user, host AS host FROM mysql.user WHERE user <> '' ORDER BY user, host",
    )
    const grants: Record<string, readonly string[]> = {}
    // Shows also what grants do not: locked or not, password, limits.
    const accounts: Record<string, string> = {}
    for (const { user, host } of users as { user: string; host: string }[]) {
      const [rows] = await root.query('SHOW GRANTS FOR ?@?', [user, host])
      grants[`${user}@${host}`] = (rows as object[]).flatMap((row) => Object.values(row) as string[]).sort()
      const [shown] = await root.query('SHOW CREATE USER ?@?', [user, host])
      accounts[`${user}@${host}`] = String(Object.values((shown as object[])[0] ?? {})[0])
    }
    const [settings] = await root.query(
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'event_scheduler')",
    )
    return { grants, accounts, settings }
  } finally {
    root.destroy()
  }
}

export interface Attempt {
  /** Replacements in the playbook's text; each must occur. */
  readonly change?: readonly (readonly [string | RegExp, string])[]
  readonly environment?: Readonly<Record<string, string>>
  readonly playbook?: string
  /** Further arguments of `cutover run`. */
  readonly arguments?: readonly string[]
  readonly signal?: AbortSignal
  /** Done when the run has ended, before its audit. */
  readonly afterwards?: () => Promise<void> | void
  /** Done at this moment of the run, such as `after step.done hold`; the run waits for it. */
  readonly at?: { readonly moment: string; readonly act: () => Promise<void> }
  /** Done as soon as the journal has a line that contains this. */
  readonly when?: { readonly journalHas: string; readonly act: () => Promise<void> }
}

export interface Attempted extends LabRun {
  readonly audit: Audit
}

/** Runs a playbook under load and audits it afterwards, whatever became of it. */
export async function attempt(lab: Lab<unknown>, options: Attempt = {}): Promise<Attempted> {
  const seed = randomBytes(3).readUIntBE(0, 3)
  const playbook = await writePlaybook(lab, options)
  await using load = await startLabLoad(lab, {
    seed,
    writesPerSecond: 40,
    readsPerSecond: 60,
    name: `load-${seed}.jsonl`,
  })
  const done = new AbortController()
  await using tap = options.at && (await tapJournal(lab, options.at, seed))
  const acting = options.when ? actWhen(lab, options.when, done.signal) : Promise.resolve()
  const run = await runInLab(lab, {
    playbook,
    confirm: 'orders-target',
    signal: options.signal ?? new AbortController().signal,
    show: false,
    environment: { ...options.environment, ...(tap && { CUTOVER_JOURNAL_TAP: tap.socket }) },
    ...(options.arguments && { arguments: options.arguments }),
  })
  done.abort()
  await acting
  await options.afterwards?.()
  await writesWorkAgain(lab)
  const summary = await load.stop()
  const truth = run.result?.noReturnPassed ? 'target' : 'source'
  if (truth === 'source') {
    await replicationRuns(lab)
    await waitUntilApplied(lab.pair.source, lab.pair.target, { signal: AbortSignal.timeout(30_000) })
  }
  const audit = await auditLab(lab, summary, truth)
  if (truth === 'source') await forgetLoad(lab)
  return { ...run, audit }
}

function tapJournal(
  lab: Lab<unknown>,
  { moment: wanted, act }: NonNullable<Attempt['at']>,
  seed: number,
): Promise<JournalGate> {
  return openJournalGate(join(lab.directory, `tap-${seed}`), async (moment) => {
    if (nameOf(moment) === wanted) await act()
    return true
  })
}

/** The next load's audit must find only what it knows. */
async function forgetLoad(lab: Lab<unknown>): Promise<void> {
  const { source, target } = lab.pair
  await atRoot(
    source,
    "DELETE FROM orders.order_lines WHERE order_id LIKE 'w-%' OR order_id LIKE 'canary-%'",
    "DELETE FROM orders.orders WHERE id LIKE 'w-%' OR id LIKE 'canary-%'",
    "DELETE FROM billing.invoices WHERE id LIKE 'b-%'",
  )
  await atRoot(target, "DELETE FROM stock.movements WHERE id LIKE 'm-%'")
  await waitUntilApplied(source, target, { signal: AbortSignal.timeout(30_000) })
}

/** Writes the playbook, changed as asked, into the lab's directory. */
export async function writePlaybook(
  lab: Lab<unknown>,
  options: Pick<Attempt, 'playbook' | 'change'>,
): Promise<string> {
  let text = await readFile(resolve(playbooks, options.playbook ?? 'stop-write.yaml'), 'utf8')
  for (const [from, to] of options.change ?? []) {
    const changed = text.replace(from, to)
    expect(changed, `the playbook has ${String(from)}`).not.toBe(text)
    text = changed
  }
  const file = join(lab.directory, 'playbook.yaml')
  await writeFile(file, text)
  return file
}

async function actWhen(
  lab: Lab<unknown>,
  when: NonNullable<Attempt['when']>,
  signal: AbortSignal,
): Promise<void> {
  const runs = join(lab.directory, 'runs')
  const before = new Set(await readdir(runs).catch(() => []))
  const seen = async (): Promise<boolean> => {
    const fresh = (await readdir(runs).catch(() => [] as string[])).find((name) => !before.has(name))
    if (fresh === undefined) return false
    const text = await readFile(join(runs, fresh, 'journal.jsonl'), 'utf8').catch(() => '')
    return text.includes(when.journalHas)
  }
  await expect
    .poll(async () => signal.aborted || (await seen()), { interval: 10, timeout: 60_000 })
    .toBe(true)
  if (!signal.aborted) await when.act()
}

/** A user's write through the balancer is taken. */
export async function writesWorkAgain(lab: Lab<unknown>): Promise<void> {
  await expect
    .poll(
      async () => {
        const id = `canary-${randomBytes(8).toString('hex')}`
        const answer = await fetch(`${lab.balancer.url}/orders`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ id, customer: 'test', item: 'probe', quantity: 1, price: '1.00' }),
        })
        return answer.status
      },
      { interval: 50, timeout: 20_000 },
    )
    .toBe(201)
}

/** A test may have stopped or delayed replication; the audit of an undone run wants it to catch up. */
async function replicationRuns(lab: Lab<unknown>): Promise<void> {
  const statements = lab.engine === 'mysql' ? ['START REPLICA'] : ['START SLAVE']
  await atRoot(lab.pair.target, ...statements)
}

export async function atRoot(server: RunningDatabase, ...statements: readonly string[]): Promise<void> {
  const root = await server.root()
  try {
    for (const statement of statements) await root.query(statement)
  } finally {
    root.destroy()
  }
}

/** The text of every file a run has left: journal, plan, playbook, variables. */
async function filesIn(directory: string): Promise<readonly string[]> {
  const names = ['journal.jsonl', 'plan.json', 'playbook.yaml', 'variables.json']
  expect(await readdir(directory)).toEqual(expect.arrayContaining(names))
  return Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')))
}

/** No password of the lab in anything the run printed or wrote. */
export async function expectNoSecrets(lab: Lab, run: LabRun): Promise<void> {
  const texts = [run.output, JSON.stringify(run.result ?? {})]
  if (run.result) texts.push(...(await filesIn(run.result.directory)))
  for (const secret of lab.secrets) {
    for (const text of texts)
      expect(text.includes(secret.reveal()), `${secret.name} is in the output`).toBe(false)
  }
}
