import type { Audit } from '../../lab/audit/types.ts'
import type { RehearseOptions } from './rehearse-options.ts'
import type { LabRun } from './run-in-lab.ts'

/** What `rehearse --json FILE` writes; the README documents the fields. Fields are only ever added. */
export function makeRehearsalResult(rehearsal: {
  readonly options: RehearseOptions
  readonly run: LabRun
  readonly audit: Audit
  readonly exitCode: number
}): object {
  const { options, run, audit, exitCode } = rehearsal
  const { acknowledged, refused, refusedFriendly, unknown, lost, doubled } = audit.writes
  return {
    kind: 'cutover-rehearsal-result',
    version: 1,
    // A run that was refused before it began has no outcome of its own.
    outcome: run.result?.outcome ?? 'refused',
    engine: options.engine,
    mode: options.mode,
    configCenter: options.configCenter,
    playbook: run.result?.playbook ?? null,
    rows: options.rows,
    writesPerSecond: options.writes,
    readsPerSecond: options.reads,
    seed: options.seed,
    pauseMs: audit.pauseMs === null ? null : Math.round(audit.pauseMs),
    longestWaitMs: Math.round(audit.longestWaitMs),
    steps: (run.result?.steps ?? []).map(({ id, uses, phase, state, durationMs }) => ({
      id,
      uses,
      phase,
      state,
      durationMs,
    })),
    writes: { acknowledged, refused, refusedFriendly, unknown, lost, doubled },
    reads: audit.reads,
    others: audit.others,
    undone: run.result?.undone ?? [],
    failure: run.result?.failure ?? null,
    auditFindings: audit.findings,
    exitCode,
  }
}
