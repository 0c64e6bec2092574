import { join } from 'node:path'
import type { Audit, AuditRequest } from './audit/types.ts'
import { auditRun } from './audit/audit-run.ts'
import { startLoad } from './load/start-load.ts'
import type { LoadSummary, RunningLoad } from './load/types.ts'
import type { Lab } from './open-lab.ts'

const seededPrefix = 'base-'
const canaryPrefix = 'canary-'

export interface LabLoadOptions {
  readonly seed: number
  readonly writesPerSecond: number
  readonly readsPerSecond: number
  /** Writes of the service that shares the source, and of the target's own writer. Default: the load's own. */
  readonly billingPerSecond?: number
  readonly stockPerSecond?: number
  /** Name of the log file in the lab's directory. Default load.jsonl. */
  readonly name?: string
}

/** Lets users, the other service and the target's own writer work on the lab. */
export async function startLabLoad(lab: Lab<unknown>, options: LabLoadOptions): Promise<RunningLoad> {
  const { target, passwords } = lab.pair
  return startLoad({
    ...options,
    ordersUrl: lab.balancer.url,
    billingUrl: lab.services.instance('billing-1').url,
    stock: { host: target.host, port: target.port, user: 'stock_app', password: passwords.stock_app },
    logFile: join(lab.directory, options.name ?? 'load.jsonl'),
    knownOrderIds: await someOrderIds(lab),
    leakWords: [
      'order_lines',
      'orders.orders',
      'orders_app',
      'orders_ro',
      'orders_rw',
      'shop_app',
      lab.directory,
    ],
    secrets: lab.secrets,
  })
}

/** Holds everything the load was told against what the servers have. */
export async function auditLab(
  lab: Lab<unknown>,
  load: LoadSummary,
  truth: 'source' | 'target',
  more: Pick<AuditRequest, 'earlierLogs' | 'reverseSync'> = {},
): Promise<Audit> {
  const { source, target } = lab.pair
  const { seededOrders } = lab
  return auditRun({ ...more, source, target, load, truth, seededPrefix, seededOrders, canaryPrefix })
}

async function someOrderIds(lab: Lab<unknown>): Promise<readonly string[]> {
  const root = await lab.pair.source.root()
  try {
    const [rows] = await root.query(`SELECT id FROM orders.orders WHERE id LIKE '${seededPrefix}%' LIMIT 500`)
    return (rows as { id: string }[]).map(({ id }) => id)
  } finally {
    root.destroy()
  }
}
