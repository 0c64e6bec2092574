import { startDeadline } from '../../core/deadline.ts'
import { CutoverError } from '../../core/errors.ts'
import type { ErrorCounts, InstanceStatus } from '../../core/instance-status.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { GateLimits, WriteGate } from '../gate/write-gate.ts'
import type { NoticeWatcher } from '../notice-watcher.ts'
import type { ObserveOptions } from '../observe/observe-gate.ts'
import type { GatedPool, GatedPoolOptions } from '../pool/create-gated-pool.ts'
import type { GenerationOptions } from '../pool/open-generation.ts'
import { composePool } from './compose-pool.ts'
import type { Datasource, DatasourceDocument } from './datasource.ts'
import { readDatasource } from './datasource.ts'
import type { StatusServer, StatusServerOptions } from './serve-status.ts'
import type { StatusAccess, StatusHandler } from './status-handler.ts'
import type { SwapCenter } from './swap-center.ts'
import type { CenterAccess } from './watch-center.ts'
import { watchCenter } from './watch-center.ts'

export interface CreatePoolOptions
  extends
    Pick<GatedPoolOptions, 'traits' | 'askerOf' | 'endGraceMs'>,
    Pick<ObserveOptions, 'log' | 'metrics' | 'tracer' | 'onEdge' | 'onWindow'> {
  /** The name under which notices and playbooks address the service. */
  readonly service: string
  /** Tells its processes apart. Default `host:pid`. */
  readonly instance?: string
  /** The config center; the account needs to read, nothing more. */
  readonly center: CenterAccess
  /** Where the service's datasource stands in it. Also says how a staged one is read. */
  readonly datasource: DatasourceDocument
  /** mysql2's own options, but for where to connect. */
  readonly mysql?: Omit<GenerationOptions, 'clock'>
  readonly limits?: Partial<GateLimits>
  /**
   * For a rehearsal in production: no write is held, what would have been is counted and told under the name
   * `SERVICE (dry run)`. The status says that the gate is open, so a run that wants it closed gives its pause up.
   */
  readonly dryRun?: boolean
  /** Lets the runner ask for the status. Default: nobody may. */
  readonly status?: StatusAccess
  /** How long the start waits for the datasource and for the first notice, milliseconds. Default 30 000. */
  readonly startWithinMs?: number
  /** Connections opened ahead on the next datasource. Default 8, or the pool's limit when that is lower. */
  readonly warmConnections?: number
  /** How long connections of the old datasource may take to come back after a switch, milliseconds. Default 10 000. */
  readonly graceMs?: number
  /** How long after a window late errors still count for the middleware, milliseconds. Default 30 000. */
  readonly noticeGraceMs?: number
  readonly clock?: Clock
  /** Ends the start early. */
  readonly signal?: AbortSignal
}

/** A service's pool that a run can hold and switch, and what belongs to it. */
export interface CutoverPool extends AsyncDisposable {
  /** What the service uses in place of mysql2's pool. */
  readonly pool: GatedPool
  /** For a middleware that asks before the handler runs. */
  readonly gate: WriteGate
  /** For the middleware that answers "upgrading"; it ends with the pool. */
  readonly notices: NoticeWatcher
  /** As the runner hears it. */
  readonly status: () => InstanceStatus
  /** Mount it in front of the service's own routes. Without the option `status` it answers nothing. */
  readonly handleStatus: StatusHandler
  /** For a process that serves no HTTP. To be disposed of. @throws CutoverError `usage` without the option `status`. */
  readonly serveStatus: (options: StatusServerOptions) => Promise<StatusServer>
  /** Counts an error in the status: `mapped` was answered "upgrading", `passed` was not, `unknown` is not known. */
  readonly countError: (kind: keyof ErrorCounts) => void
}

/**
 * Opens the pool of a service that can be switched live. Waits for the datasource and for the first reading of the
 * notice: a process that starts in the middle of a hold begins with a closed gate. Dispose of it when the service
 * stops.
 *
 * Only a run's hold and release change the datasource of a running process. Another datasource in the published
 * document is said in the log and takes effect at the next start, see `watchPublished`.
 *
 * @throws CutoverError `deadline` when the config center does not tell them in time; `system.refused` for a datasource
 * that cannot be read; `usage` for a weak status token. Nothing is left open then.
 */
export async function createPool(options: CreatePoolOptions): Promise<CutoverPool> {
  const { clock = systemClock, service, datasource } = options
  const outer = options.signal ?? new AbortController().signal
  const withinMs = options.startWithinMs ?? 30_000
  const center = watchCenter(options.center, datasource, clock)
  using deadline = startDeadline(clock, withinMs, `reading datasource and notice of ${service}`, outer)
  const first = await firstDatasource(center, datasource, deadline.signal)
  const opened = composePool({ ...options, clock, center, first })
  try {
    await opened.notices.ready(deadline.signal)
    return opened
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  }
}

async function firstDatasource(
  center: SwapCenter,
  document: DatasourceDocument,
  signal: AbortSignal,
): Promise<Datasource> {
  for await (const text of center.datasources(signal)) {
    if (text !== null) return readDatasource(text, document)
  }
  signal.throwIfAborted()
  throw new CutoverError('internal', 'the watch of the datasource ended by itself')
}
