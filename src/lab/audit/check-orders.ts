import type { WriteLine } from '../load/types.ts'
import { FindingList } from './finding-list.ts'
import type { WritesById } from './read-load-log.ts'
import type { OrderRow, OrderRows } from './read-rows.ts'
import type { AuditRequest, RowPlace } from './types.ts'

export interface OrdersVerdict {
  readonly lost: number
  readonly doubled: number
  readonly refusedFound: number
  readonly extra: number
  readonly unknownFound: Readonly<Record<RowPlace, number>>
  /** The first acknowledged write that the source does not have. */
  readonly firstOnTarget: WriteLine | undefined
  readonly findings: readonly string[]
}

interface OrdersEvidence {
  readonly request: AuditRequest
  readonly writes: WritesById
  readonly source: OrderRows
  readonly target: OrderRows
}

/** Holds every order of the log against both servers, and every order of both servers against the log. */
export function checkOrders(evidence: OrdersEvidence): OrdersVerdict {
  const list = new FindingList()
  const lost = new Set<string>()
  const doubled = new Set<string>()
  const refused = new Set<string>()
  const unknownFound = { both: 0, target: 0, source: 0, nowhere: 0 }
  const firstOnTarget = firstWriteOnTarget(evidence)
  for (const line of evidence.writes.values()) {
    const place = placeOf(evidence, line.id)
    if (line.outcome === 'unknown') unknownFound[place] += 1
    else if (line.outcome === 'acknowledged') {
      if (isLost(evidence, line, list)) lost.add(line.id)
    } else if (place !== 'nowhere') {
      refused.add(line.id)
      list.add(`orders were not taken (${line.outcome}) and are there nevertheless (${place})`, line.id)
    }
    if (isDoubled(evidence, line, firstOnTarget, list)) doubled.add(line.id)
  }
  const extra = checkForeignRows(evidence, list)
  checkSeeded(evidence, list)
  return {
    lost: lost.size,
    doubled: doubled.size,
    refusedFound: refused.size,
    extra,
    unknownFound,
    firstOnTarget,
    findings: list.sentences(),
  }
}

function placeOf({ source, target }: OrdersEvidence, id: string): RowPlace {
  const onSource = source.rows.has(id)
  if (target.rows.has(id)) return onSource ? 'both' : 'target'
  return onSource ? 'source' : 'nowhere'
}

function firstWriteOnTarget({ request, writes, source, target }: OrdersEvidence): WriteLine | undefined {
  if (request.truth === 'source') return undefined
  let first: WriteLine | undefined
  for (const line of writes.values()) {
    if (line.outcome !== 'acknowledged' || source.rows.has(line.id) || !target.rows.has(line.id)) continue
    if (!first || (line.answered ?? Infinity) < (first.answered ?? Infinity)) first = line
  }
  return first
}

/** Lost as a whole, or in part: an order without its lines. */
function isLost({ request, source, target }: OrdersEvidence, line: WriteLine, list: FindingList): boolean {
  const row = (request.truth === 'target' ? target : source).rows.get(line.id)
  if (!row) {
    list.add(`acknowledged orders are not on the ${request.truth}`, line.id)
    return true
  }
  if (row.lines >= (request.linesPerOrder ?? 1)) return false
  list.add(`acknowledged orders lack lines on the ${request.truth}`, line.id)
  return true
}

function isDoubled(
  evidence: OrdersEvidence,
  line: WriteLine,
  firstOnTarget: WriteLine | undefined,
  list: FindingList,
): boolean {
  const { request, source, target } = evidence
  const onSource = source.rows.get(line.id)
  const onTarget = target.rows.get(line.id)
  const most = request.linesPerOrder ?? 1
  if ([onSource, onTarget].some((row) => row !== undefined && row.lines > most)) {
    list.add('orders have their lines more than once', line.id)
    return true
  }
  if (!onSource || !onTarget) return false
  if (onSource.birth !== onTarget.birth) {
    list.add('orders were executed on both servers', line.id)
    return true
  }
  if (request.reverseSync === true || !wasSentAfter(line, firstOnTarget)) return false
  list.add('orders reached the source after the target had taken over', line.id)
  return true
}

function wasSentAfter(line: WriteLine, first: WriteLine | undefined): boolean {
  return first?.answered != null && line.sent !== null && line.sent > first.answered
}

/** Rows nobody asked for, and rows of the moved table that only the wrong server has. */
function checkForeignRows({ request, writes, source, target }: OrdersEvidence, list: FindingList): number {
  const truth = request.truth === 'target' ? target : source
  const other = request.truth === 'target' ? source : target
  const otherName = request.truth === 'target' ? 'source' : 'target'
  const extra = new Set<string>()
  const look = (rows: ReadonlyMap<string, OrderRow>): void => {
    for (const id of rows.keys()) {
      if (extra.has(id) || writes.has(id) || id.startsWith(request.canaryPrefix)) continue
      extra.add(id)
      list.add('orders are neither seeded nor of the load nor a canary', id)
    }
  }
  look(source.rows)
  look(target.rows)
  for (const id of other.rows.keys()) {
    if (!truth.rows.has(id)) list.add(`orders are only on the ${otherName}`, id)
  }
  return extra.size
}

function checkSeeded({ request, source, target }: OrdersEvidence, list: FindingList): void {
  const expected = request.seededOrders ?? (request.truth === 'target' ? source.seeded : target.seeded)
  const found = request.truth === 'target' ? target.seeded : source.seeded
  if (found === expected) return
  list.add(`number of seeded orders on the ${request.truth} differs`, `${found} instead of ${expected}`)
}
