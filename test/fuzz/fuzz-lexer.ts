import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import type { StatementTraits } from '../../src/service/sql/statement-traits.ts'
import { rollDice, type Dice } from './dice.ts'
import type { FuzzStage } from './fuzz-stage.ts'
import { mutateStatement } from './mutate-statement.ts'
import { randomStatement } from './random-statement.ts'
import { runInTransaction, runTurns, type Candidate } from './run-batch.ts'

export interface FuzzOptions {
  readonly seed: number
  readonly durationMs: number
  /** What is put to the test. */
  readonly describe: (sql: string) => StatementTraits
  /** Stop after as many faults. Default 20. */
  readonly faults?: number
}

export interface Fault {
  readonly sql: string
  readonly sqlMode: string
  readonly traits: StatementTraits | undefined
  readonly wrong: readonly string[]
}

export interface FuzzReport {
  /** Statements made; the others were called writes and not run. */
  made: number
  /** Called reads and run on the server. */
  run: number
  /** Of these, without an error. */
  accepted: number
  faults: Fault[]
}

type Kind = 'plain' | 'state' | 'turn'
type Runner = typeof runInTransaction

const batchSize: Readonly<Record<Kind, number>> = { plain: 60, state: 30, turn: 30 }
const runners: Readonly<Record<Kind, Runner>> = {
  plain: runInTransaction,
  state: runInTransaction,
  turn: runTurns,
}
const sqlModes: Readonly<Record<ServerEngine, readonly string[]>> = {
  mariadb: [
    'STRICT_TRANS_TABLES',
    '',
    'ANSI_QUOTES',
    'NO_BACKSLASH_ESCAPES',
    'ANSI,NO_BACKSLASH_ESCAPES',
    'ORACLE',
    'IGNORE_SPACE',
  ],
  mysql: [
    'STRICT_TRANS_TABLES',
    '',
    'ANSI_QUOTES',
    'NO_BACKSLASH_ESCAPES',
    'ANSI,NO_BACKSLASH_ESCAPES',
    'IGNORE_SPACE',
  ],
}

/**
 * Makes statements, and runs those that are called reads on a real server as a user who may do everything. Whatever
 * changes then is a fault of the description.
 */
export async function fuzzLexer(stage: FuzzStage, options: FuzzOptions): Promise<FuzzReport> {
  await stage.rebuild()
  const dice = rollDice(options.seed)
  const report: FuzzReport = { made: 0, run: 0, accepted: 0, faults: [] }
  const waiting: Record<Kind, Candidate[]> = { plain: [], state: [], turn: [] }
  const endAt = performance.now() + options.durationMs
  while (performance.now() < endAt && report.faults.length < (options.faults ?? 20)) {
    const candidate = makeCandidate(stage, dice, options)
    report.made += 1
    if (candidate.traits.mayWrite) continue
    const kind = kindOf(candidate.traits)
    waiting[kind].push(candidate)
    if (waiting[kind].length === batchSize[kind])
      await tryBatch(stage, kind, dice.pick(sqlModes[stage.engine]), waiting[kind].splice(0), report)
  }
  return report
}

/** In a few lines, for a person. */
export function printReport(engine: ServerEngine, report: FuzzReport): string {
  const { made, run, accepted, faults } = report
  return [
    `${engine}: ${made} statements made, ${run} called reads and run, ${accepted} of them accepted, ${faults.length} faults`,
    ...faults.map(
      ({ sql, sqlMode, wrong }) =>
        `  ${JSON.stringify(sql)} (sql_mode '${sqlMode}')\n    ${wrong.slice(0, 5).join('\n    ')}`,
    ),
  ].join('\n')
}

function makeCandidate(stage: FuzzStage, dice: Dice, options: FuzzOptions): Candidate {
  const file = (): string => stage.freeFile()
  const sql = mutateStatement(randomStatement(dice, file), dice, () => randomStatement(dice, file))
  return { sql, traits: options.describe(sql) }
}

function kindOf(traits: StatementTraits): Kind {
  if (traits.transaction !== 'none') return 'turn'
  return traits.leavesState ? 'state' : 'plain'
}

async function tryBatch(
  stage: FuzzStage,
  kind: Kind,
  sqlMode: string,
  batch: readonly Candidate[],
  report: FuzzReport,
): Promise<void> {
  const { accepted, wrong } = await runners[kind](stage, sqlMode, batch)
  report.run += batch.length
  report.accepted += accepted
  if (wrong.length === 0) return
  await stage.rebuild()
  const culprits = batch.length === 1 ? [] : await findCulprits(stage, kind, sqlMode, batch)
  if (culprits.length > 0) report.faults.push(...culprits)
  else {
    const sql = batch.map((candidate) => candidate.sql).join('\n;;\n')
    report.faults.push({ sql, sqlMode, traits: undefined, wrong })
  }
}

/** Each statement by itself. */
async function findCulprits(
  stage: FuzzStage,
  kind: Kind,
  sqlMode: string,
  batch: readonly Candidate[],
): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  for (const candidate of batch) {
    // A turn is tried outside a transaction and within one.
    const alone = kind === 'turn' ? [candidate, candidate] : [candidate]
    const { wrong } = await runners[kind](stage, sqlMode, alone)
    if (wrong.length === 0) continue
    faults.push({ sql: candidate.sql, sqlMode, traits: candidate.traits, wrong })
    await stage.rebuild()
  }
  return faults
}
