import type { Connection as DriverConnection } from 'mysql2/promise'
import type { DatabaseServer, Grant } from '../core/ports/database-server.ts'
import { CutoverError } from '../core/errors.ts'
import { formatAccountName, type AccountName } from '../core/refs.ts'
import { readReleaseSql, releaseTable } from '../core/write-release.ts'
import { readAccount, readHeldGrants } from './account-grants.ts'
import { giveGrants, takeGrants } from './accounts.ts'
import type { Connection } from './connection.ts'
import { keepOutOfLog } from './keep-out-of-log.ts'
import { findMissing } from './missing-grants.ts'
import { formatAddress } from './server-address.ts'
import type { ServerSession } from './server-session.ts'

type ReleaseVerbs = Pick<
  DatabaseServer,
  | 'prepareReleases'
  | 'missingReleaseReaders'
  | 'forgetReleaseReaders'
  | 'writeRelease'
  | 'release'
  | 'withdrawRelease'
>

const { schema, table } = releaseTable
const name = `${schema}.${table}`
const needs = `CREATE, SELECT, INSERT, UPDATE, DELETE on ${schema}.* WITH GRANT OPTION`
const mayRead: Grant = { privileges: ['SELECT'], on: { schema, tables: [table] } }

/** There is no such schema, or no such table. */
const missingTable = [1049, 1146]

const createSchema = `CREATE DATABASE IF NOT EXISTS ${schema} CHARACTER SET utf8mb4`
const createTable = `CREATE TABLE IF NOT EXISTS ${name} (
  service VARCHAR(255) NOT NULL,
  run_id VARCHAR(255) NOT NULL,
  epoch BIGINT UNSIGNED NOT NULL,
  released_at VARCHAR(32) NOT NULL,
  PRIMARY KEY (service, run_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`

/** The table of releases of one server, through a session whose writes stay out of the log where that is allowed. */
export function createReleases(session: ServerSession): ReleaseVerbs {
  let opened: Connection | undefined
  const quiet = (): Connection => (opened ??= session.openConnection(keepOut))

  // Where the kit may not, the row replicates like everything else, and its table with it.
  async function keepOut(driver: DriverConnection, signal: AbortSignal): Promise<void> {
    await keepOutOfLog(driver, session.address, signal)
  }

  async function write(sql: string, values: readonly unknown[], signal: AbortSignal): Promise<void> {
    await quiet().change({ doing: 'write down a release', sql, values, needs }, signal)
  }

  return {
    async prepareReleases(readers, signal) {
      for (const reader of readers) {
        if ((await readAccount(session, reader, signal)) === null) throw noSuchReader(session, reader)
      }
      for (const sql of [createSchema, createTable]) await write(sql, [], signal)
      const quietly = { ...session, connection: quiet() }
      for (const reader of readers) await giveGrants(quietly, reader, [mayRead], signal)
    },
    async missingReleaseReaders(readers, signal) {
      if (!(await hasTable(session, signal))) return readers
      const missing: AccountName[] = []
      for (const reader of readers) {
        const exists = (await readAccount(session, reader, signal)) !== null
        const held = exists ? await readHeldGrants(session, reader, signal) : []
        if (findMissing(held, [mayRead]).length > 0) missing.push(reader)
      }
      return missing
    },
    async forgetReleaseReaders(readers, signal) {
      const quietly = { ...session, connection: quiet() }
      for (const reader of readers) await takeGrants(quietly, reader, [mayRead], signal)
    },
    async writeRelease({ service, runId }, signal) {
      const [row] = await quiet().read(
        {
          doing: 'read its releases',
          sql: readReleaseSql,
          values: [service, runId],
          fine: missingTable,
          needs,
        },
        signal,
      )
      if (!row) return null
      return { service, runId, epoch: Number(row['epoch']), releasedAt: String(row['released_at']) }
    },
    release: ({ service, runId, epoch, releasedAt }, signal) =>
      write(
        `INSERT INTO ${name} (service, run_id, epoch, released_at) VALUES (?, ?, ?, ?)
          ON DUPLICATE KEY UPDATE epoch = GREATEST(epoch, VALUES(epoch))`,
        [service, runId, epoch, releasedAt],
        signal,
      ),
    async withdrawRelease({ service, runId }, signal) {
      const sql = `DELETE FROM ${name} WHERE service = ? AND run_id = ?`
      const doing = 'take a release back'
      await quiet().change({ doing, sql, values: [service, runId], fine: missingTable, needs }, signal)
    },
  }
}

async function hasTable(session: ServerSession, signal: AbortSignal): Promise<boolean> {
  const [row] = await session.connection.read(
    {
      doing: 'look for the table of releases',
      sql: 'SELECT COUNT(*) AS found FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
      values: [schema, table],
    },
    signal,
  )
  return Number(row?.['found']) > 0
}

function noSuchReader({ address }: ServerSession, reader: AccountName): CutoverError {
  return new CutoverError(
    'system.refused',
    `${formatAddress(address)} has no account ${formatAccountName(reader)} to read releases with`,
    {
      where: `${address.host}:${address.port}`,
      hint: 'Put a step provision-account for it before this one, or write it as user@host.',
    },
  )
}
