import type { Credentials, FenceSpec, Position, Silence } from '../core/ports/database-server.ts'
import type { TableSet } from '../core/refs.ts'
import { attemptWrites, type WriteAttempt } from './attempt-writes.ts'
import { findSuspects } from './find-suspects.ts'
import { readPosition } from './position.ts'
import type { ServerSession } from './server-session.ts'
import { lockTables, unlockTables } from './table-locks.ts'
import { movedCounters, readWriteCounters, type WriteCounters } from './write-counters.ts'

export interface SilenceOptions {
  readonly samplesMs: number
  readonly tables: readonly TableSet[]
  readonly credentials?: readonly Credentials[]
}

/** Counters of the last proof behind a fence, by what it was about. A fence that is raised or lowered forgets them. */
export type ProvenCounters = Map<string, WriteCounters>

/**
 * Proves that nothing writes any more: the fence has no gap, no prepared or open transaction holds changes, the write
 * counters stand still, a write with each of the service's own credentials is refused; at the end all tables are locked against
 * writes for the moment in which the position is read, so that no change can be on its way past it.
 *
 * @param gaps what keeps the fence from being up.
 * @param proven of earlier proofs behind the same fence: a later one also shows that nobody wrote in between.
 */
export async function proveSilence(
  session: ServerSession,
  spec: FenceSpec,
  options: SilenceOptions,
  gaps: (signal: AbortSignal) => Promise<readonly string[]>,
  proven: ProvenCounters,
  signal: AbortSignal,
): Promise<Silence> {
  const tables = uniteTables(spec, options.tables)
  const startedAt = session.clock.monotonicMs()
  const before = await readWriteCounters(session, tables, signal)
  const first = await readPosition(session, signal)
  const attempts = await attemptAll(session, options.credentials ?? [], tables, signal)
  await session.clock.sleep(
    Math.max(0, options.samplesMs - (session.clock.monotonicMs() - startedAt)),
    signal,
  )
  const openGaps = await gaps(signal)
  const suspects = await findSuspects(session, spec, tables, signal)
  const last = await readPositionLocked(session, tables, signal)
  const key = JSON.stringify([spec, tables])
  const earlier = proven.get(key)
  const moved = movedCounters(earlier ?? before, last.counters)
  const logMoved =
    spec.kind === 'instance' && first.gtid !== last.position.gtid ? ['the log position moved'] : []
  const uncertain = last.locked ? [] : suspects.transactions
  const locked = last.finding === undefined ? [] : [last.finding]
  const findings = [
    ...openGaps,
    ...suspects.always,
    ...uncertain,
    ...locked,
    ...moved,
    ...logMoved,
    ...attempts.flatMap((one) => one.findings),
  ]
  const evidence = [
    `${before.origin} of ${before.byTable.size} tables over ${options.samplesMs} ms`,
    ...attempts.map((one) => one.evidence),
    last.locked
      ? 'position read while the tables were locked against writes'
      : 'position read without table locks',
  ]
  const silent = findings.length === 0
  if (silent && last.counters.isExact) proven.set(key, last.counters)
  const lasting = earlier !== undefined && moved.length > 0
  return {
    silent,
    findings,
    ...(lasting && { lasting }),
    evidence: evidence.join('; '),
    position: last.position,
  }
}

/** All within one pair of samples: the pause pays for the time between the samples only once. */
async function attemptAll(
  session: ServerSession,
  credentials: readonly Credentials[],
  tables: readonly TableSet[],
  signal: AbortSignal,
): Promise<readonly WriteAttempt[]> {
  if (credentials.length === 0) return [{ findings: [], evidence: 'no credential given to try a write with' }]
  const attempts: WriteAttempt[] = []
  for (const each of credentials) attempts.push(await attemptWrites(session, each, tables, signal))
  return attempts
}

interface LockedPosition {
  readonly position: Position
  readonly counters: WriteCounters
  /** True: nobody had an uncommitted change in the tables when the position was read. */
  readonly locked: boolean
  readonly finding?: string
}

const lockWaitSeconds = 1

async function readPositionLocked(
  session: ServerSession,
  tables: readonly TableSet[],
  signal: AbortSignal,
): Promise<LockedPosition> {
  await using connection = session.openConnection()
  const locks = await lockTables(session, connection, tables, lockWaitSeconds, signal)
  if (locks.state !== 'held') {
    const position = await readPosition(session, signal)
    const counters = await readWriteCounters(session, tables, signal)
    if (locks.state === 'forbidden') return { position, counters, locked: false }
    return {
      position,
      counters,
      locked: false,
      finding: 'somebody writes to the tables or holds uncommitted changes in them',
    }
  }
  const holder = connection.sessionId()
  const position = await readPosition(session, signal, connection)
  const counters = await readWriteCounters(session, tables, signal)
  // A session that was lost in between gave its locks up.
  const kept = connection.sessionId() === holder
  await unlockTables(connection, signal)
  if (kept) return { position, counters, locked: true }
  return { position, counters, locked: false, finding: 'the table locks were lost' }
}

/** The fence's tables and those asked for. */
function uniteTables(spec: FenceSpec, asked: readonly TableSet[]): readonly TableSet[] {
  const all = [...tablesOf(spec), ...asked]
  const bySchema = new Map<string, TableSet>()
  for (const set of all) {
    const other = bySchema.get(set.schema)
    const whole = set.tables === undefined || (other !== undefined && other.tables === undefined)
    const tables = whole ? undefined : [...new Set([...(other?.tables ?? []), ...(set.tables ?? [])])]
    bySchema.set(set.schema, { schema: set.schema, tables })
  }
  return [...bySchema.values()]
}

function tablesOf(spec: FenceSpec): readonly TableSet[] {
  if (spec.kind === 'account') return spec.tables
  return spec.kind === 'schema' ? spec.schemas.map((schema) => ({ schema })) : []
}
