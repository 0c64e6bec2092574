import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import type { StatementTraits } from '../../src/service/sql/statement-traits.ts'
import type { FuzzStage } from './fuzz-stage.ts'
import { differences, lookAtSession, lookAtWorld } from './world.ts'

export interface Candidate {
  readonly sql: string
  readonly traits: StatementTraits
}

export interface BatchResult {
  /** How many statements the server took without an error. */
  readonly accepted: number
  /** What is not as the traits say, in words. */
  readonly wrong: readonly string[]
}

const answerWithinMs = 8000
const inTransaction = 1
const autocommit = 2
const readOnly = 0x2000
const fresh = 'SET completion_type = 0, autocommit = 1; ROLLBACK; UNLOCK TABLES'

/**
 * Runs statements of which the traits say that they change nothing, and nothing of the transaction, within an open
 * transaction that has written one row. Afterwards all must be as before, and the row must go with a ROLLBACK.
 */
export async function runInTransaction(
  stage: FuzzStage,
  sqlMode: string,
  batch: readonly Candidate[],
): Promise<BatchResult> {
  const worker = await openWorker(stage, sqlMode)
  try {
    await worker.query('START TRANSACTION; INSERT INTO fuzz.marker VALUES (1)')
    const keepsSession = batch.every(({ traits }) => !traits.leavesState)
    const sessionBefore = keepsSession ? await lookAtSession(asReader(worker)) : undefined
    const before = await lookAtWorld(stage, worker.threadId)
    const accepted = await runAll(worker, batch)
    const status = await statusOf(worker)
    const wrong = [...differences(before, await lookAtWorld(stage, worker.threadId))]
    if ((status & inTransaction) === 0) wrong.push('the transaction has ended')
    if (sessionBefore !== undefined)
      wrong.push(
        ...differences(sessionBefore, await lookAtSession(asReader(worker))),
        ...(await cursors(worker)),
      )
    await worker.query('ROLLBACK')
    const left = await stage.look('SELECT id FROM fuzz.marker')
    if (left.length > 0) wrong.push('the transaction was committed')
    return { accepted, wrong }
  } catch (error) {
    return { accepted: 0, wrong: [lookFailed(error)] }
  } finally {
    worker.destroy()
  }
}

/** Runs statements that turn the transaction, each in a session of which is known whether it is in one. */
export async function runTurns(
  stage: FuzzStage,
  sqlMode: string,
  batch: readonly Candidate[],
): Promise<BatchResult> {
  try {
    return await runEach(stage, sqlMode, batch)
  } catch (error) {
    return { accepted: 0, wrong: [lookFailed(error)] }
  }
}

async function runEach(stage: FuzzStage, sqlMode: string, batch: readonly Candidate[]): Promise<BatchResult> {
  const wrong: string[] = []
  let accepted = 0
  let worker = await openWorker(stage, sqlMode)
  const before = await lookAtWorld(stage, 0)
  for (const [index, candidate] of batch.entries()) {
    try {
      await worker.query(index % 2 === 0 ? fresh : `${fresh}; START TRANSACTION`)
      if (await runOne(worker, candidate.sql)) {
        accepted += 1
        wrong.push(...judgeTurn(candidate, index % 2 === 1, await statusAfter(worker, candidate)))
      }
      await worker.query(fresh)
    } catch (error) {
      if (!candidate.traits.leavesState) wrong.push(`the session ended: ${(error as Error).message}`)
      worker.destroy()
      worker = await openWorker(stage, sqlMode)
    }
  }
  worker.destroy()
  wrong.push(...differences(before, await lookAtWorld(stage, 0)))
  return { accepted, wrong }
}

function lookFailed(error: unknown): string {
  return `the session, the server or a look at it ended: ${(error as Error).message}`
}

function judgeTurn({ traits }: Candidate, wasIn: boolean, status: number): readonly string[] {
  const isIn = (status & inTransaction) !== 0
  const isReadOnly = (status & readOnly) !== 0
  const found = `${isIn ? 'in' : 'outside'} a transaction${isReadOnly ? ' that reads' : ''}, autocommit ${status & autocommit}`
  const expected: Record<StatementTraits['transaction'], boolean> = {
    none: isIn === wasIn,
    begin: isIn && !isReadOnly,
    'begin-read-only': isIn && isReadOnly,
    commit: !isIn,
    rollback: !isIn,
    'commit-chain': isIn,
    'rollback-chain': isIn,
    'implicit-commit': !isIn,
    'autocommit-on': (status & autocommit) !== 0 && isIn === wasIn,
    // With autocommit off, the next look is in a transaction.
    'autocommit-off': (status & autocommit) === 0 && (isIn || !wasIn),
    unclear: true,
  }
  return expected[traits.transaction] ? [] : [`${traits.transaction} was said, and the session is ${found}`]
}

async function openWorker(stage: FuzzStage, sqlMode: string): Promise<Connection> {
  const worker = await stage.session()
  await worker.query(
    `SET SESSION sql_mode = '${sqlMode}', lock_wait_timeout = 1, innodb_lock_wait_timeout = 1`,
  )
  return worker
}

async function runAll(worker: Connection, batch: readonly Candidate[]): Promise<number> {
  let accepted = 0
  for (const { sql } of batch) if (await runOne(worker, sql)) accepted += 1
  return accepted
}

/** False: the server refused it. What ends the session is thrown. */
async function runOne(worker: Connection, sql: string): Promise<boolean> {
  try {
    await worker.query({ sql, timeout: answerWithinMs })
    return true
  } catch (error) {
    if ((error as { fatal?: boolean }).fatal === true) throw error
    return false
  }
}

/** Of the session after the statement; one that ends the session has no status. */
async function statusAfter(worker: Connection, { traits }: Candidate): Promise<number> {
  const status = await statusOf(worker)
  // Some sessions end only after the answer.
  return traits.leavesState && status === 0 ? inTransaction : status
}

async function statusOf(worker: Connection): Promise<number> {
  const [header] = await worker.query<ResultSetHeader>({ sql: 'DO 0', timeout: answerWithinMs })
  return (header as ResultSetHeader & { serverStatus?: number }).serverStatus ?? 0
}

async function cursors(worker: Connection): Promise<readonly string[]> {
  return (await runOne(worker, 'HANDLER t CLOSE')) ? ['a cursor was left open'] : []
}

function asReader(worker: Connection): (sql: string) => Promise<readonly RowDataPacket[]> {
  return async (sql) => {
    const [rows] = await worker.query<RowDataPacket[]>({ sql, timeout: answerWithinMs })
    return rows
  }
}
