import type { LockRecord } from '../core/lock-record.ts'
import type { Connection } from './connection.ts'
import type { Row, Statement } from './statement.ts'

/** The kit's own schema and the table in it. A row belongs to one server by its identity. */
export const lockSchema = 'cutover_kit'
const table = `${lockSchema}.run_lock`

const needs = `CREATE, SELECT, INSERT, UPDATE on ${lockSchema}.*`

const statements = {
  schema: `CREATE DATABASE IF NOT EXISTS ${lockSchema} CHARACTER SET utf8mb4`,
  table: `CREATE TABLE IF NOT EXISTS ${table} (
    server VARCHAR(64) NOT NULL PRIMARY KEY COMMENT 'identity of the server that the row is about',
    lock_id VARCHAR(64) NOT NULL DEFAULT '',
    run_id VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'empty: free',
    owner VARCHAR(255) NOT NULL DEFAULT '',
    reason VARCHAR(1000) NOT NULL DEFAULT '',
    since VARCHAR(32) NOT NULL DEFAULT '',
    step VARCHAR(255) NOT NULL DEFAULT '',
    step_at VARCHAR(32) NOT NULL DEFAULT '',
    epoch BIGINT UNSIGNED NOT NULL DEFAULT 0,
    freed_by VARCHAR(255) NOT NULL DEFAULT '',
    broken_lock_id VARCHAR(64) NOT NULL DEFAULT '',
    broken_run_id VARCHAR(255) NOT NULL DEFAULT '',
    broken_by VARCHAR(255) NOT NULL DEFAULT '',
    broken_at VARCHAR(32) NOT NULL DEFAULT '',
    broken_reason VARCHAR(1000) NOT NULL DEFAULT ''
  ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4`,
  row: `INSERT IGNORE INTO ${table} (server) VALUES (?)`,
  read: `SELECT lock_id, run_id, owner, reason, since, step, step_at, epoch, freed_by, broken_lock_id,
    broken_run_id, broken_by, broken_at, broken_reason FROM ${table} WHERE server = ?`,
  // Compare and set: nobody who came in between is overwritten.
  set: `UPDATE ${table} SET lock_id = ?, run_id = ?, owner = ?, reason = ?, since = ?, step = ?, step_at = ?,
    epoch = ?, freed_by = ?, broken_lock_id = ?, broken_run_id = ?, broken_by = ?, broken_at = ?,
    broken_reason = ? WHERE server = ? AND lock_id = ? AND run_id = ? AND epoch = ?`,
  step: `UPDATE ${table} SET step = ?, step_at = ? WHERE server = ? AND lock_id = ?`,
}

/** The server refuses writes to everybody: read_only, super_read_only, a read-only transaction. */
const refusesWrites = new Set([1290, 1792, 1836])
const noSuchSchema = 1049
const noSuchTable = 1146

/** The row of one server, through one session. What it writes it says only once: reading tells what is there now. */
export interface LockRows {
  /** Undefined: there is no row, no table or no schema. */
  read(signal: AbortSignal): Promise<LockRecord | undefined>
  /** Makes schema, table and row where they are missing. False: the server refuses writes. */
  make(signal: AbortSignal): Promise<boolean>
  /** Replaces `from` when that is what is there. False: the server refuses writes. */
  set(from: LockRecord, to: LockRecord, signal: AbortSignal): Promise<boolean>
  step(lockId: string, step: string, at: string, signal: AbortSignal): Promise<void>
}

/** @param server identity of the server. */
export function createLockRows(connection: Connection, server: string): LockRows {
  /** False: the server refuses writes. */
  async function write(
    sql: string,
    values: readonly unknown[],
    signal: AbortSignal,
    onError: (errno: number) => boolean = () => false,
  ): Promise<boolean> {
    let refused = false
    const statement: Statement = {
      doing: 'write its run lock',
      sql,
      values,
      needs,
      onError: (errno) => (refused = refusesWrites.has(errno)) || onError(errno),
    }
    await connection.change(statement, signal)
    return !refused
  }

  return {
    async read(signal) {
      const fine = [noSuchSchema, noSuchTable]
      const statement = { doing: 'read its run lock', sql: statements.read, values: [server], fine, needs }
      const [row] = await connection.read(statement, signal)
      return row && toRecord(row)
    },
    async make(signal) {
      let missing = false
      const done = await write(statements.row, [server], signal, (errno) => {
        missing = errno === noSuchSchema || errno === noSuchTable
        return missing
      })
      if (!missing) return done
      for (const sql of [statements.schema, statements.table])
        if (!(await write(sql, [], signal))) return false
      return write(statements.row, [server], signal)
    },
    set(from, to, signal) {
      const values = [...toValues(to), server, from.lockId, from.runId, from.epoch]
      return write(statements.set, values, signal)
    },
    async step(lockId, step, at, signal) {
      await write(statements.step, [step, at, server, lockId], signal)
    },
  }
}

function toRecord(row: Row): LockRecord {
  const text = (name: string): string => String(row[name] ?? '')
  const broken = {
    lockId: text('broken_lock_id'),
    runId: text('broken_run_id'),
    by: text('broken_by'),
    at: text('broken_at'),
    reason: text('broken_reason'),
  }
  return {
    lockId: text('lock_id'),
    runId: text('run_id'),
    by: text('owner'),
    reason: text('reason'),
    since: text('since'),
    step: text('step'),
    stepAt: text('step_at'),
    epoch: Number(row['epoch']),
    freedBy: text('freed_by'),
    ...(broken.at !== '' && { broken }),
  }
}

function toValues(record: LockRecord): readonly (string | number)[] {
  const { lockId, runId, by, reason, since, step, stepAt, epoch, freedBy, broken } = record
  const last = [broken?.lockId, broken?.runId, broken?.by, broken?.at, broken?.reason?.slice(0, 1000)]
  const own = [lockId, runId, by.slice(0, 255), reason.slice(0, 1000), since, step, stepAt, epoch, freedBy]
  return own.concat(last.map((value) => value ?? ''))
}
