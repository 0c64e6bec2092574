import type { ErrorCounts } from '../../core/instance-status.ts'
import type { NoticeWatcher } from '../../service/notice-watcher.ts'
import type { StatusHandler } from '../../service/swap/status-handler.ts'
import { watchNotice } from '../../service/watch-notice.ts'
import { openPool, preloadDriver, type ServiceDatabase } from './open-pool.ts'
import { readDatasource } from './read-datasource.ts'
import { logFor, type ServiceLog } from './service-log.ts'
import type { ServiceSettings } from './service-settings.ts'

/** Where orders has its data, and what it knows of a cutover. */
export interface OrdersDatabase extends ServiceDatabase, AsyncDisposable {
  readonly notices: NoticeWatcher
  /** `host:port/schema` at the start. */
  readonly datasource: string
  /** Answers the runner; absent with an ordinary pool. */
  readonly handleStatus?: StatusHandler
  readonly countError?: (fate: keyof ErrorCounts) => void
}

const dataId = 'orders.yaml'
const poolOptions = { connectionLimit: 8, connectTimeout: 3000, timezone: 'Z' }

/** The kit's pool when the service has a status token, else an ordinary one. */
export function openOrdersDatabase(
  settings: ServiceSettings,
  log: ServiceLog,
  signal: AbortSignal,
): Promise<OrdersDatabase> {
  return settings.statusToken === undefined
    ? openOrdinary(settings, log, signal)
    : openLive(settings, log, signal)
}

async function openOrdinary(
  { instance, center }: ServiceSettings,
  log: ServiceLog,
  signal: AbortSignal,
): Promise<OrdersDatabase> {
  const notices = watchNotice({
    ...center,
    service: 'orders',
    onError: (error) => log('notice-lost', { message: String(error) }),
  })
  const [datasource] = await Promise.all([
    readDatasource(center, dataId, signal),
    // Loaded while the config center is being asked.
    preloadDriver(),
    // Started in the middle of a window, it must know that before its first answer.
    notices.ready(signal),
  ])
  const database = await openPool(datasource, instance)
  return {
    ...database,
    notices,
    datasource: `${datasource.host}:${datasource.port}/${datasource.schema}`,
    async [Symbol.asyncDispose]() {
      await Promise.all([database.pool.end(), notices[Symbol.asyncDispose]()])
    },
  }
}

async function openLive(
  { instance, center, statusToken }: ServiceSettings,
  log: ServiceLog,
  signal: AbortSignal,
): Promise<OrdersDatabase> {
  const { createPool } = await import('../../service/mysql2.ts')
  const live = await createPool({
    service: 'orders',
    instance,
    center,
    datasource: { dataId },
    mysql: { ...poolOptions, connectAttributes: { program_name: instance } },
    ...(statusToken !== undefined && { status: { token: statusToken } }),
    log: logFor(log),
    signal,
  })
  const { pool, notices, handleStatus } = live
  return {
    pool,
    notices,
    handleStatus,
    countError: (fate) => live.countError(fate),
    datasource: pool.current.datasource,
    flavour: () => pool.current.flavour,
    async check() {
      await pool.query('SELECT 1')
    },
    [Symbol.asyncDispose]: () => live[Symbol.asyncDispose](),
  }
}
