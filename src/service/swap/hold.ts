import type { HoldOrder, Notice, StagedDocument } from '../../core/notice.ts'

/** An order to hold writes, as one process follows it. */
export interface Hold {
  readonly runId: string
  readonly epoch: number
  /** Tells the orders of one run apart. */
  readonly key: string
  /** The moment of closing; this and the other moments by the wall clock, milliseconds. */
  readonly atMs: number
  readonly drainEndsMs: number
  readonly late: HoldOrder['late']
  /** From then on nothing is held any more. */
  readonly limitEndsMs: number
  /** Where the next datasource stands. */
  readonly staged: StagedDocument
}

/**
 * @returns undefined when the notice orders no hold, or names no datasource that this service is going to have: a gate
 * closed by it could never be opened by evidence.
 */
export function holdOf(notice: Notice, service: string): Hold | undefined {
  const staged = notice.staged?.[service]
  if (notice.phase !== 'holding' || notice.hold === undefined || staged === undefined) return undefined
  return toHold(notice, notice.hold, staged)
}

/** The order of a process that sees a release without having been told to hold: it takes effect and ends at once. */
export function holdAtOnce(notice: Notice, staged: StagedDocument, nowMs: number): Hold {
  const at = new Date(nowMs).toISOString()
  return toHold(notice, { at, drainMs: 0, late: 'keep', limitMs: 1000 }, staged)
}

function toHold(notice: Notice, order: HoldOrder, staged: StagedDocument): Hold {
  const atMs = Date.parse(order.at)
  return {
    runId: notice.runId,
    epoch: notice.epoch,
    // With its expiry: an order that was prolonged is another one.
    key: [notice.runId, notice.epoch, notice.since, notice.until].join(' '),
    atMs,
    drainEndsMs: atMs + order.drainMs,
    late: order.late,
    limitEndsMs: atMs + order.limitMs,
    staged,
  }
}
