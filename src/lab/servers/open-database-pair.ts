import { join } from 'node:path'
import type { Log } from '../../core/ports/log.ts'
import { findDatabaseBinary } from './find-database-binary.ts'
import { generateRows, spreadRows } from './generate-rows.ts'
import { makePasswords, sourceAccounts, targetAccounts, type AccountPasswords } from './pair-accounts.ts'
import { setUpReplication, startReplication } from './replication.ts'
import { runAsRoot } from './run-as-root.ts'
import type { RunningDatabase } from './running-database.ts'
import { billingSchema, movedSchema, ordersSchema, stockSchema } from './schemas.ts'
import { engineNames, type ServerEngine } from './server-engine.ts'
import { startDatabase } from './start-database.ts'
import { waitUntilApplied } from './wait-until-applied.ts'

export interface DatabasePairOptions {
  readonly engine: ServerEngine
  /** Made when missing; both servers live below it. */
  readonly directory: string
  /** Rows in all tables of the moved schema together. */
  readonly rows: number
  /** The same seed gives the same rows. */
  readonly seed: number
  readonly signal: AbortSignal
  /** Told what takes long. */
  readonly say: (text: string) => void
  /** The server program. Default: what findDatabaseBinary finds. */
  readonly binary?: string
  /** Both services of the source use one account, `shop_app`. Default: each has its own. */
  readonly sharedAccount?: boolean
  /** Replication from target to source is set up, too, and stopped. Default: false. */
  readonly reverseSync?: boolean
  /** Further options of both server programs. */
  readonly extra?: readonly string[]
  /** Leave the data behind, for a look at it. Default: false. */
  readonly keep?: boolean
  readonly log?: Log
}

/** Two live servers: the moved schema replicates from source to target, everything else stays where it is. */
export interface DatabasePair extends AsyncDisposable {
  readonly source: RunningDatabase
  readonly target: RunningDatabase
  /** Of every account that exists now or that a run makes. */
  readonly passwords: AccountPasswords
  /** Ends both servers and removes their data. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts source and target with their schemas, rows and accounts, and replication that has caught up.
 *
 * @throws what startDatabase throws, `deadline` when the target does not catch up; nothing is left behind then.
 */
export async function openDatabasePair(options: DatabasePairOptions): Promise<DatabasePair> {
  const { engine, say, signal } = options
  const binary = options.binary ?? (await findDatabaseBinary(engine, { say, signal }))
  say(`starting two ${engineNames[engine]} servers`)
  const [source, target] = await startBoth({ ...options, binary })
  const pair: DatabasePair = {
    source,
    target,
    passwords: makePasswords(),
    async [Symbol.asyncDispose]() {
      await Promise.all([source[Symbol.asyncDispose](), target[Symbol.asyncDispose]()])
    },
  }
  try {
    await furnish(pair, options)
  } catch (error) {
    await pair[Symbol.asyncDispose]()
    throw error
  }
  return pair
}

async function startBoth(
  options: DatabasePairOptions & { readonly binary: string },
): Promise<readonly [RunningDatabase, RunningDatabase]> {
  const start = (name: string, serverId: number): Promise<RunningDatabase> =>
    startDatabase({
      ...options,
      directory: join(options.directory, name),
      serverId,
      movedSchemas: [movedSchema],
      // On both, because after the cutover replication runs the other way.
      replicatedSchemas: [movedSchema],
    })
  const [source, target] = await Promise.allSettled([start('source', 1), start('target', 2)])
  if (source.status === 'fulfilled' && target.status === 'fulfilled') return [source.value, target.value]
  for (const one of [source, target]) if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]()
  throw source.status === 'rejected' ? source.reason : (target as PromiseRejectedResult).reason
}

async function furnish(pair: DatabasePair, options: DatabasePairOptions): Promise<void> {
  const { source, target, passwords } = pair
  const { rows, seed, say, signal } = options
  say(`filling ${rows} rows`)
  await runAsRoot(source, sourceAccounts(passwords, options.sharedAccount === true), { signal })
  await runAsRoot(target, targetAccounts(passwords), { signal })
  await startReplication(source, target, passwords.replicator, signal)
  await runAsRoot(target, stockSchema, { signal, logged: true })
  // Replication carries the rows while they are made: the target is busy at the same time, and its log position is real.
  await runAsRoot(source, [...billingSchema, ...ordersSchema], { signal, logged: true })
  await runAsRoot(source, generateRows(spreadRows(rows), seed), { signal, logged: true })
  await waitUntilApplied(source, target, { signal })
  if (options.reverseSync === true) await setUpReplication(target, source, passwords.replicator, signal)
}
