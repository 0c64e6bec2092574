import type { Connection as DriverConnection, RowDataPacket } from 'mysql2/promise'
import { orAborted } from '../core/deadline.ts'
import { CutoverError } from '../core/errors.ts'
import { freeLock, heldByOther, lockLost, type LockRecord, type LockWish } from '../core/lock-record.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { connectAsRunner } from './connect.ts'
import { createConnection, type Connection } from './connection.ts'
import { identify } from './identity.ts'
import { interruptStatement } from './interrupt-statement.ts'
import { keepOutOfLog } from './keep-out-of-log.ts'
import { lockSchema } from './lock-rows.ts'
import { createLockTable, type Claim, type LockTable } from './lock-table.ts'
import { addressOf, anotherServer, formatAddress, type ServerAddress } from './server-address.ts'
import { serverError } from './server-error.ts'
import { endTagged } from './end-tagged.ts'
import { tagSession } from './session-tag.ts'

/** One name for all runs: two moves that share a server would disturb each other's proofs. */
export const runLockName = 'cutover-kit:run'

/**
 * How long a lock may still be held by a runner that has just died, seconds: the server learns of it when the
 * connection breaks.
 */
const patienceSeconds = 5

/** Longest silence the server allows the lock's session: an operator may think for hours. Seconds. */
const idleSeconds = 7 * 24 * 3600

/** Longest wait of the lock's own statements for somebody else's locks, seconds: a check must not queue behind one. */
const lockWaitSeconds = 2

/** What one server says about the lock of this process. */
export type LockAnswer =
  /** Nobody else can have taken it. */
  | 'held'
  /** Nothing speaks against it, but this server alone does not prove it. */
  | 'unsure'

/**
 * The lock of one server: GET_LOCK on a session of its own, which says that the process lives, and a row, which stays
 * when it does not.
 */
export interface ServerLock extends AsyncDisposable {
  /** `source (10.0.0.1:3306)` */
  readonly where: string
  readonly serverUuid: string
  /** The record as it is; undefined: there never was one. */
  look(signal: AbortSignal): Promise<LockRecord | undefined>
  /** @throws CutoverError `locked` when another run holds the row. */
  claim(wish: LockWish, signal: AbortSignal): Promise<Claim>
  /**
   * Is it still the lock that was claimed? The signal ends only the waiting.
   * @throws CutoverError `locked` when it is not; anything else when the server cannot be asked.
   */
  check(signal: AbortSignal): Promise<LockAnswer>
  /** False: the row cannot say it, because the server refuses writes. */
  free(signal: AbortSignal): Promise<boolean>
  /** Notes the item that the run is at, where that moves nothing. */
  follow(step: string, signal: AbortSignal): Promise<void>
}

export interface ServerLockOptions {
  readonly name: string
  readonly spec: DatabaseSpec
  readonly secrets: Secrets
  readonly clock: Clock
  readonly lockId: string
}

/**
 * Takes the lock's session; the row is claimed afterwards, when the sessions of all servers are held: whoever comes too
 * late has changed nothing anywhere.
 * @throws CutoverError `locked`, naming the run and the session that holds it.
 */
export async function openServerLock(options: ServerLockOptions, signal: AbortSignal): Promise<ServerLock> {
  const { clock, name, spec, lockId } = options
  const address = addressOf(name, spec)
  const where = formatAddress(address)
  // What is sent on the lock's session is never cut off by an impatient caller: that would end the session.
  const life = new AbortController()
  const state: LockState = { serverUuid: '', logged: false, named: false }
  const connection = createConnection({
    address,
    clock,
    open: () => openLockSession(options, address, state, life.signal),
    interrupt: (id) => interruptStatement(name, spec, options.secrets, id),
  })
  const close = async (): Promise<void> => {
    life.abort(new CutoverError('interrupted', 'the run lock was closed'))
    await connection[Symbol.asyncDispose]()
  }
  const begun = takeName(connection, address, state, life.signal)
  try {
    await orAborted(begun, signal)
  } catch (error) {
    await close()
    throw error
  }
  const table = createLockTable(connection, address, state.serverUuid)
  const now = (): string => clock.now().toISOString()
  return {
    where,
    serverUuid: state.serverUuid,
    look: (signal) => orAborted(table.read(life.signal), signal),
    async claim(wish, signal) {
      await requireName(connection, where, life.signal)
      state.claim = await orAborted(table.claim(wish, now(), life.signal), signal)
      state.claimedIn = connection.sessionId()
      const { before } = state.claim
      // Its own run's former process may only sleep: what it still wants to send must find no session any more.
      if (before.runId === wish.runId && before.lockId !== '' && before.lockId !== lockId)
        await endTagged({ connection, where, clock }, before.lockId, signal)
      return state.claim
    },
    check: (signal) => orAborted(answer(connection, table, where, state, life.signal), signal),
    async free(signal) {
      const { claim } = state
      return claim === undefined || (await orAborted(table.free(claim.now.lockId, life.signal), signal))
    },
    async follow(step, signal) {
      if (state.logged || state.claim?.written !== true) return
      await orAborted(table.step(lockId, step, now(), life.signal), signal)
    },
    [Symbol.asyncDispose]: close,
  }
}

interface LockState {
  serverUuid: string
  /** What the session writes gets into the log, because the account may not keep it out. */
  logged: boolean
  /** True once the name was taken: every later session takes it again. */
  named: boolean
  claim?: Claim
  /** The session in which it was claimed. */
  claimedIn?: number | undefined
}

async function openLockSession(
  { name, spec, secrets, lockId }: ServerLockOptions,
  address: ServerAddress,
  state: LockState,
  signal: AbortSignal,
): Promise<DriverConnection> {
  const connection = await connectAsRunner(name, spec, secrets, signal)
  const ask = createAsk(connection, address, signal)
  try {
    const { serverUuid } = await identify(connection, address, signal)
    if (state.serverUuid !== '' && serverUuid !== state.serverUuid) throw anotherServer(address)
    state.serverUuid = serverUuid
    await ask(
      `SET SESSION wait_timeout = ${idleSeconds}, lock_wait_timeout = ${lockWaitSeconds},
        innodb_lock_wait_timeout = ${lockWaitSeconds}`,
    )
    state.logged = !(await keepOutOfLog(connection, address, signal))
    await tagSession(connection, lockId, signal)
    // A process that wakes up after its lock was broken must not get into the way of whoever holds it now.
    if (state.named && (await rowIsOurs(ask, state))) await ask(`DO GET_LOCK('${runLockName}', 0)`)
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

async function rowIsOurs(ask: Ask, { claim, serverUuid }: LockState): Promise<boolean> {
  if (claim === undefined) return true
  const sql = `SELECT lock_id AS id, run_id AS run FROM ${lockSchema}.run_lock WHERE server = ?`
  const row = await ask(sql, [serverUuid]).catch(() => undefined)
  return String(row?.['id'] ?? '') === claim.now.lockId && String(row?.['run'] ?? '') === claim.now.runId
}

/** @throws CutoverError `locked`, naming the session that has the name and what its run has written. */
async function takeName(
  connection: Connection,
  address: ServerAddress,
  state: LockState,
  signal: AbortSignal,
): Promise<void> {
  const doing = 'take the run lock'
  const sql = `SELECT GET_LOCK('${runLockName}', ${patienceSeconds}) AS taken`
  const [taken] = await connection.read({ doing, sql }, signal)
  state.named = Number(taken?.['taken']) === 1
  if (state.named) return
  const [holder] = await connection.read({ doing, sql: holderQuery }, signal)
  const live = holder
    ? `session ${holder['id']} of ${holder['user']} from ${holder['host']}`
    : 'another session'
  const record = await createLockTable(connection, address, state.serverUuid).read(signal)
  throw heldByOther(record, formatAddress(address), live)
}

const holderQuery = `SELECT id AS id, user AS user, host AS host FROM information_schema.processlist
  WHERE id = IS_USED_LOCK('${runLockName}')`

const nameQuery = {
  doing: 'look at the run lock',
  sql: `SELECT IS_USED_LOCK('${runLockName}') = CONNECTION_ID() AS mine`,
}

async function requireName(connection: Connection, where: string, signal: AbortSignal): Promise<void> {
  const [row] = await connection.read(nameQuery, signal)
  if (Number(row?.['mine']) === 1) return
  throw heldByOther(undefined, where, 'another session')
}

/**
 * A new holder needs the lock's session of every server. So as long as the session of the claim lives and holds it,
 * nobody else can have come since. Once it was lost, the row must speak, and only where a new holder could have changed
 * it: on a server that takes writes.
 */
async function answer(
  connection: Connection,
  table: LockTable,
  where: string,
  { claim, claimedIn }: LockState,
  signal: AbortSignal,
): Promise<LockAnswer> {
  if (claim === undefined) throw new CutoverError('internal', `the lock of ${where} was never claimed`)
  const now = (await table.read(signal)) ?? freeLock
  const { lockId, runId } = claim.now
  if (now.lockId !== lockId || now.runId !== runId) throw lockLost(now, lockId, where)
  const [row] = await connection.read(nameQuery, signal)
  if (Number(row?.['mine']) !== 1) return 'unsure'
  if (connection.sessionId() === claimedIn) return 'held'
  return claim.written && !(await refusesAll(connection, signal)) ? 'held' : 'unsure'
}

async function refusesAll(connection: Connection, signal: AbortSignal): Promise<boolean> {
  const sql = "SHOW GLOBAL VARIABLES LIKE 'super_read_only'"
  const [row] = await connection.read({ doing: 'read super_read_only', sql }, signal)
  return String(row?.['Value'] ?? 'OFF').toUpperCase() === 'ON'
}

type Ask = (sql: string, values?: readonly unknown[]) => Promise<RowDataPacket | undefined>

function createAsk(connection: DriverConnection, address: ServerAddress, signal: AbortSignal): Ask {
  return async (sql, values = []) => {
    try {
      const [rows] = await orAborted(connection.query<RowDataPacket[]>(sql, [...values]), signal)
      return Array.isArray(rows) ? rows[0] : undefined
    } catch (error) {
      signal.throwIfAborted()
      throw serverError(error, address, 'take the run lock')
    }
  }
}
