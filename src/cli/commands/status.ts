import { CutoverError } from '../../core/errors.ts'
import { tellWhatIsTrue } from '../../core/tell-state.ts'
import { findRun, hasBegun, isStarting, runDirectories } from '../control/find-run.ts'
import { lookAtRun, type LookedAt } from '../control/look-at-run.ts'
import { runRow, tellRun, whatToDo } from '../control/tell-run.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'

export interface StatusOptions {
  readonly runs: string
  readonly all?: true
  readonly json?: true
}

/** Where a run stands: from its journal, and from its process when there is one. */
export async function status(run: string | undefined, options: StatusOptions): Promise<ExitCode> {
  if (options.all) return statusOfAll(options)
  const seen = await lookAtRun(await findRun(options.runs, run))
  print(options.json ? JSON.stringify(asJson(seen), null, 2) : tellRun(seen, Date.now()).join('\n'))
  return exitCodes.done
}

async function statusOfAll({ runs, json }: StatusOptions): Promise<ExitCode> {
  const seen: LookedAt[] = []
  for (const directory of await runDirectories(runs)) {
    if ((await hasBegun(directory)) || (await isStarting(directory))) seen.push(await lookAtRun(directory))
  }
  if (seen.length === 0) {
    throw new CutoverError('usage', 'There is no run', {
      where: runs,
      hint: 'Say where runs are with --runs.',
    })
  }
  print(json ? JSON.stringify(seen.map(asJson), null, 2) : table(seen))
  return exitCodes.done
}

/** Fields are only ever added. */
function asJson(seen: LookedAt): object {
  const { state, condition, directory, pid, last, position, live } = seen
  return {
    kind: 'cutover-status',
    version: 1,
    runId: state.runId,
    playbook: state.playbook,
    condition,
    directory,
    pid: pid ?? null,
    phase: state.phase ?? null,
    startedAt: state.startedAt,
    lastAt: state.lastAt,
    lastEntry: last?.type ?? null,
    lastActor: last?.actor ?? null,
    outcome: state.ended ?? null,
    noReturnPassed: state.noReturnPassed,
    failure: state.failure ?? null,
    failedItem: state.failedItem ?? null,
    position: position ?? null,
    live: live ?? null,
    whatIsTrue: tellWhatIsTrue(state),
    whatToDo: whatToDo(seen),
  }
}

function table(seen: readonly LookedAt[]): string {
  const rows = [['run', 'condition', 'at', 'begun', 'last entry'], ...seen.map(runRow)]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
