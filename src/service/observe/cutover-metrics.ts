import type { InstanceStatus } from '../../core/instance-status.ts'
import { gateStates } from '../../core/instance-status.ts'
import { noticePhases } from '../../core/notice.ts'
import type { ErrorTally } from './error-tally.ts'
import type { HoldTimes } from './hold-times.ts'
import type { Metric, Sample } from './metric-registry.ts'
import { MetricSet } from './metric-registry.ts'
import type { PoolNumbers } from './pool-numbers.ts'
import type { WindowRecord } from './window-record.ts'

/** One process and its gate, as the metrics read it. */
export interface MetricSource {
  status(): InstanceStatus
  oldestHeldMs(): number
  /** The most that was held at the same time since the process began. */
  readonly heldMax: number
  readonly holdTimes: HoldTimes
  readonly turnedAwayBy: ReadonlyMap<string, number>
  readonly lastWindow: WindowRecord | undefined
  readonly errors: Pick<ErrorTally, 'rows'> | undefined
  pools(): readonly PoolNumbers[]
}

type CutoverMetric = Metric<MetricSource>

/**
 * The metrics of gate, phases, pools and errors. Labels are `service` and words of short lists: no statement, table,
 * user or host, but for the datasource's address in `cutover_datasource_info`.
 */
export const cutoverMetrics = new MetricSet<MetricSource>([
  oneOf('cutover_phase', 'Phase of the notice that counts for the service.', 'phase', (status) => ({
    is: status.notice?.phase ?? 'none',
    among: [...noticePhases, 'none'],
  })),
  oneOf('cutover_gate_state', 'State of the gate for writes.', 'state', (status) => ({
    is: status.gate,
    among: gateStates,
  })),
  gauge('cutover_datasource_generation', 'How often the datasource was changed.', (s) => s.generation),
  {
    name: 'cutover_datasource_info',
    help: 'The datasource that writes go to.',
    type: 'gauge',
    read: (source) => {
      const { service, datasource } = source.status()
      return [{ labels: { service, datasource }, value: 1 }]
    },
  },
  gauge('cutover_next_ready', 'Whether the next datasource is ready.', (s) => Number(s.next?.ready ?? false)),
  gauge('cutover_notice_epoch', 'Epoch of the newest notice; -1 without one.', (s) => s.notice?.epoch ?? -1),
  gauge('cutover_writes_running', 'Units of work under way that may write.', (s) => s.writes.running),
  gauge(
    'cutover_writes_running_oldest_seconds',
    'Age of the oldest of them.',
    (s) => s.writes.oldestMs / 1000,
  ),
  gauge('cutover_writes_held', 'Writes held now.', (s) => s.writes.held),
  gauge('cutover_writes_held_bytes', 'Memory of the writes held now, about.', (s) => s.writes.heldBytes),
  gauge('cutover_writes_held_oldest_seconds', 'How long the oldest of them has been held.', (_, source) => {
    return source.oldestHeldMs() / 1000
  }),
  gauge('cutover_writes_held_max', 'The most writes held at the same time.', (_, source) => source.heldMax),
  byName('cutover_writes_total', 'Writes that were held or turned away, by result.', 'result', (source) => {
    const { released, expired, rejected, abandoned } = source.status().writes
    return Object.entries({ released, expired, rejected, abandoned })
  }),
  byName('cutover_writes_turned_away_total', 'Writes rejected without being held.', 'reason', (source) => [
    ...source.turnedAwayBy,
  ]),
  {
    name: 'cutover_hold_duration_seconds',
    help: 'How long writes were held.',
    type: 'histogram',
    read: (source) =>
      source.holdTimes.samples('cutover_hold_duration_seconds', { service: source.status().service }),
  },
  {
    name: 'cutover_last_window_seconds',
    help: 'Parts of the last time in which writes were held.',
    type: 'gauge',
    read: lastWindow,
  },
  byName('cutover_errors_total', 'Errors in windows by what was done with them.', 'decision', (source) =>
    Object.entries(source.status().errors),
  ),
  {
    name: 'cutover_errors_by_number_total',
    help: 'Errors in windows by class, number of the server, and what was done with them.',
    type: 'counter',
    read: errorRows,
  },
  {
    name: 'db_client_connection_count',
    help: 'Connections of a pool by state.',
    type: 'gauge',
    read: (source) =>
      source.pools().flatMap((pool) => [
        { labels: { ...poolLabels(source, pool), db_client_connection_state: 'used' }, value: pool.used },
        { labels: { ...poolLabels(source, pool), db_client_connection_state: 'idle' }, value: pool.idle },
      ]),
  },
  {
    name: 'db_client_connection_pending_requests',
    help: 'Requests that wait for a connection of a pool.',
    type: 'gauge',
    read: (source) =>
      source.pools().map((pool) => ({ labels: poolLabels(source, pool), value: pool.pending })),
  },
])

function gauge(
  name: string,
  help: string,
  value: (status: InstanceStatus, source: MetricSource) => number,
): CutoverMetric {
  return gauges(name, help, (status, source) => [{ value: value(status, source) }])
}

/** A gauge for each word of a list, 1 at the one that is true. */
function oneOf(
  name: string,
  help: string,
  label: string,
  read: (status: InstanceStatus) => { readonly is: string; readonly among: readonly string[] },
): CutoverMetric {
  return gauges(name, help, (status) => {
    const { is, among } = read(status)
    return among.map((word) => ({ labels: { [label]: word }, value: Number(word === is) }))
  })
}

/** Gauges of the service, which is a label of each. */
function gauges(
  name: string,
  help: string,
  read: (
    status: InstanceStatus,
    source: MetricSource,
  ) => readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[],
): CutoverMetric {
  return {
    name,
    help,
    type: 'gauge',
    read(source) {
      const status = source.status()
      return read(status, source).map(({ labels, value }) => ({
        labels: Object.assign({ service: status.service }, labels),
        value,
      }))
    },
  }
}

function byName(
  name: string,
  help: string,
  label: string,
  read: (source: MetricSource) => readonly (readonly [name: string, count: number])[],
): CutoverMetric {
  return {
    name,
    help,
    type: 'counter',
    read(source) {
      const { service } = source.status()
      return read(source).map(([word, value]) => ({ labels: { service, [label]: word }, value }))
    },
  }
}

function lastWindow(source: MetricSource): readonly Sample[] {
  const { service } = source.status()
  const { drainMs, pauseMs, backlogMs, longestHeldMs } = source.lastWindow ?? {}
  const parts = { drain: drainMs, pause: pauseMs, backlog: backlogMs, longest_held: longestHeldMs }
  return Object.entries(parts).flatMap(([part, ms]) =>
    ms === undefined ? [] : [{ labels: { service, part }, value: ms / 1000 }],
  )
}

function errorRows(source: MetricSource): readonly Sample[] {
  const { service } = source.status()
  const rows = source.errors?.rows() ?? []
  return rows.map(({ class: kind, errno, fate, count }) => ({
    labels: { service, class: kind, errno, decision: fate },
    value: count,
  }))
}

function poolLabels(source: MetricSource, pool: PoolNumbers): Readonly<Record<string, string>> {
  return { service: source.status().service, db_client_connection_pool_name: pool.name }
}
