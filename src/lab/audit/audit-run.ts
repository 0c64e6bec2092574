import type { Connection } from 'mysql2/promise'
import type { LoadSummary, Writer } from '../load/types.ts'
import { checkOrders } from './check-orders.ts'
import { checkOtherService } from './check-other-service.ts'
import { measurePause } from './measure-pause.ts'
import { readLoadLog, type WritesById } from './read-load-log.ts'
import { readOrders } from './read-rows.ts'
import type { Audit, AuditRequest } from './types.ts'

/**
 * Holds the log of a load that has stopped against both servers, after everything has settled.
 * @throws `internal` when the log is cut off; what the servers' driver throws.
 */
export async function auditRun(request: AuditRequest): Promise<Audit> {
  const source = await request.source.root()
  try {
    const target = await request.target.root()
    try {
      return await audit(request, source, target)
    } finally {
      target.destroy()
    }
  } finally {
    source.destroy()
  }
}

async function audit(request: AuditRequest, source: Connection, target: Connection): Promise<Audit> {
  const { load } = request
  const log = await readLoadLog(load.logFile)
  const all = await readAllLogs([load.logFile, ...(request.earlierLogs ?? [])])
  const [onSource, onTarget] = await Promise.all([
    readOrders(source, request.seededPrefix),
    readOrders(target, request.seededPrefix),
  ])
  const orders = checkOrders({ request, writes: all.orders, source: onSource, target: onTarget })
  const billing = await checkOtherService({
    name: 'billing',
    home: source,
    homeName: 'source',
    elsewhere: target,
    writes: all.billing,
    counts: load.writes.billing,
  })
  const stock = await checkOtherService({
    name: 'stock',
    home: target,
    homeName: 'target',
    elsewhere: source,
    writes: all.stock,
    counts: load.writes.stock,
  })
  const pause = measurePause(log.orders.values(), orders.firstOnTarget)
  const findings = [...orders.findings, ...billing.findings, ...stock.findings, ...usersFindings(load)]
  if (pause.pauseMs === null) findings.push('writes of orders were refused and never taken again')
  const { lost, doubled, refusedFound, extra, unknownFound } = orders
  return {
    ok: findings.length === 0,
    writes: { ...countWrites(load), lost, doubled },
    reads: { ok: load.reads.ok, failed: load.reads.failed + load.reads.notSent },
    others: {
      billing: { ok: billing.ok, failed: billing.failed },
      stock: { ok: stock.ok, failed: stock.failed },
    },
    ...pause,
    unknownFound,
    refusedFound,
    extra,
    leaks: load.leaks,
    probes: load.probes,
    findings,
  }
}

/** The writes of several loads together; their ids differ, because their seeds do. */
async function readAllLogs(files: readonly string[]): Promise<Readonly<Record<Writer, WritesById>>> {
  const logs = await Promise.all(files.map(readLoadLog))
  const merge = (on: Writer): WritesById => new Map(logs.flatMap((log) => Array.from(log[on])))
  return { orders: merge('orders'), billing: merge('billing'), stock: merge('stock') }
}

function countWrites({ writes }: LoadSummary) {
  const { acknowledged, refusedFriendly, refusedOther, unknown, notSent } = writes.orders
  return { acknowledged, refused: refusedFriendly + refusedOther, refusedFriendly, unknown, notSent }
}

/** What users should not have seen, whatever became of the data. */
function usersFindings({ writes, reads, leaks, probes }: LoadSummary): string[] {
  const { refusedOther, notSent } = writes.orders
  const wrong = probes['duplicate-id'].wrong + probes['bad-column'].wrong
  const facts: readonly (readonly [number, string])[] = [
    [refusedOther, 'writes of orders were refused without the friendly answer'],
    [notSent, 'writes of orders were not sent, too many were waiting'],
    [reads.failed, 'reads of orders failed'],
    [reads.notSent, 'reads of orders were not sent, too many were waiting'],
    [leaks, 'refusals showed SQL, a stack trace, an address, a name or a secret'],
    [wrong, 'ordinary bugs did not get their own error'],
  ]
  return facts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
}
