import type { GateState, InstanceStatus } from '../../core/instance-status.ts'
import type { NoticePhase } from '../../core/notice.ts'
import type { GateChange } from '../gate/gate-watcher.ts'

/** One edge of the gate of one process, as it is logged. */
export interface EdgeRecord {
  readonly event: 'cutover.edge'
  readonly service: string
  readonly instance: string
  readonly from: GateState
  readonly to: GateState
  readonly previousGeneration: number
  readonly generation: number
  /** `host:port/schema` that writes go to from now on. */
  readonly datasource: string
  /** How long the gate was in the state before, milliseconds; since it is being observed. */
  readonly afterMs: number
  /** Units of work under way: at `closing` those that are waited for. */
  readonly running: number
  readonly oldestMs: number
  readonly held: number
  readonly heldBytes: number
  /** Of the notice that counts; null without one. */
  readonly runId: string | null
  readonly phase: NoticePhase | null
  readonly noticeEpoch: number | null
  /** Why the gate refuses; '' otherwise. */
  readonly refusal: string
}

export function edgeRecord(change: GateChange, status: InstanceStatus, afterMs: number): EdgeRecord {
  const { from, to, previousGeneration, generation, refusal, counts } = change
  const { service, instance, datasource, notice } = status
  const { running, oldestMs, held, heldBytes } = counts
  return {
    event: 'cutover.edge',
    service,
    instance,
    from,
    to,
    previousGeneration,
    generation,
    datasource,
    afterMs: Math.round(afterMs),
    running,
    oldestMs,
    held,
    heldBytes,
    runId: notice?.runId ?? null,
    phase: notice?.phase ?? null,
    noticeEpoch: notice?.epoch ?? null,
    refusal,
  }
}

/** The edge in one line, for people. */
export function edgeMessage({ from, to, running, held, datasource, refusal, ...edge }: EdgeRecord): string {
  switch (to) {
    case 'closing':
      return `writes are held from now on; units of work still under way: ${running}`
    case 'closed':
      return `no unit of work is under way; writes held: ${held}`
    case 'refusing':
      return `writes are refused: ${refusal}`
    case 'open': {
      const changed = edge.generation !== edge.previousGeneration
      const where = changed ? `writes go to ${datasource}` : `writes go on at ${datasource}`
      return from === 'open' ? where : `${where}; held until now: ${held}`
    }
    default:
      return to satisfies never
  }
}
