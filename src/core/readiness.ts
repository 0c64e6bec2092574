import { titleOf, type AskedInstance } from './hot-instances.ts'
import type { InstanceStatus } from './instance-status.ts'
import type { StagedDocument } from './notice.ts'

export interface ReadyWish {
  readonly runId: string
  /** By service: what its processes must have opened. */
  readonly staged: Readonly<Record<string, StagedDocument>>
}

/** Why processes cannot be switched live now, a sentence each; empty: they all can. */
export function findUnready(asked: readonly AskedInstance[], wish: ReadyWish): readonly string[] {
  return asked.flatMap((one) => {
    if (one.report === undefined) return [one.silence]
    const why = whyUnready(one.report.status, wish.runId, wish.staged[one.service]?.etag)
    return why === undefined ? [] : [`${titleOf(one)} ${why}`]
  })
}

function whyUnready(
  { notice, next, gate, refusal }: InstanceStatus,
  runId: string,
  etag: string | undefined,
): string | undefined {
  if (notice?.runId !== runId) return 'has not heard the notice of this run'
  if (notice.phase !== 'armed') return `has last heard ${notice.phase}`
  if (gate !== 'open') return `does not let writes pass (${gate}${refusal === '' ? '' : `: ${refusal}`})`
  if (next === null) return 'has not opened the staged datasource yet'
  if (next.etag !== etag) return 'has opened another version of the staged datasource'
  if (next.problems.length > 0) return `cannot use ${next.datasource}: ${next.problems.join('; ')}`
  return next.ready ? undefined : `has not opened ${next.datasource} yet`
}
