import type { InstanceStatus } from '../../core/instance-status.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Log } from '../../core/ports/log.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { GateChange, GateWatcher, HoldEnd } from '../gate/gate-watcher.ts'
import type { WriteGate } from '../gate/write-gate.ts'
import type { MetricSource } from './cutover-metrics.ts'
import { cutoverMetrics } from './cutover-metrics.ts'
import type { EdgeRecord } from './edge-record.ts'
import { edgeMessage, edgeRecord } from './edge-record.ts'
import type { ErrorTally } from './error-tally.ts'
import type { HoldTracer } from './hold-span.ts'
import { startHoldSpan } from './hold-span.ts'
import { HoldTimes } from './hold-times.ts'
import type { MetricRegistry } from './metric-registry.ts'
import type { PoolNumbers } from './pool-numbers.ts'
import type { WindowRecord } from './window-record.ts'
import { WindowRecorder } from './window-record.ts'

/** A gate, or what a dry run imagines. */
export type ObservedGate = Pick<WriteGate, 'watch' | 'counts' | 'oldestHeldMs'>

/** What is told to whom. Each may be left out. */
export interface ObserveOptions {
  /** What the process says of itself. Asked at each edge and at each scrape. */
  readonly status: () => InstanceStatus
  /** One line for each edge of the gate, and one for each window. A pino logger will do. */
  readonly log?: Log | undefined
  /** The same, for programs. */
  readonly onEdge?: ((edge: EdgeRecord) => void) | undefined
  readonly onWindow?: ((window: WindowRecord) => void) | undefined
  /** A registry of prom-client, such as its `register`. */
  readonly metrics?: MetricRegistry | undefined
  /** A tracer of OpenTelemetry. */
  readonly tracer?: HoldTracer | undefined
  /** Product of the present server, for the spans. */
  readonly flavour?: (() => 'mysql' | 'mariadb' | undefined) | undefined
  /** The pools there are, for the metrics. */
  readonly pools?: (() => readonly PoolNumbers[]) | undefined
  /** Errors by class and number, for the metrics. */
  readonly errors?: Pick<ErrorTally, 'rows'> | undefined
  readonly clock?: Clock | undefined
}

/**
 * Tells logs, metrics and traces what happens at a gate, until it is disposed of. Writes that pass an open gate cost
 * nothing by it. An observer that throws becomes a process warning and disturbs nothing.
 */
export function observeGate(gate: ObservedGate, options: ObserveOptions): Disposable {
  const observer = new GateObserver(gate, options)
  const stops = [gate.watch(observer)]
  if (options.metrics !== undefined) stops.push(cutoverMetrics.add(options.metrics, observer))
  return {
    [Symbol.dispose]() {
      for (const stop of stops) stop()
    },
  }
}

class GateObserver implements GateWatcher, MetricSource {
  heldMax = 0
  lastWindow: WindowRecord | undefined
  readonly holdTimes = new HoldTimes()
  readonly turnedAwayBy = new Map<string, number>()
  readonly #gate: ObservedGate
  readonly #options: ObserveOptions
  readonly #clock: Clock
  readonly #windows: WindowRecorder
  #lastEdgeMs: number

  constructor(gate: ObservedGate, options: ObserveOptions) {
    this.#gate = gate
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#lastEdgeMs = this.#clock.monotonicMs()
    this.#windows = new WindowRecorder(options.status, (window) => this.#windowEnded(window))
  }

  get errors(): Pick<ErrorTally, 'rows'> | undefined {
    return this.#options.errors
  }

  status(): InstanceStatus {
    return this.#options.status()
  }

  oldestHeldMs(): number {
    return this.#gate.oldestHeldMs()
  }

  pools(): readonly PoolNumbers[] {
    return this.#options.pools?.() ?? []
  }

  changed(change: GateChange): void {
    const nowMs = this.#clock.monotonicMs()
    const edge = edgeRecord(change, this.status(), nowMs - this.#lastEdgeMs)
    this.#lastEdgeMs = nowMs
    this.#options.log?.[edge.to === 'refusing' ? 'warn' : 'info'](edge, edgeMessage(edge))
    this.#options.onEdge?.(edge)
    this.#windows.changed(change, nowMs)
  }

  held(): (end: HoldEnd) => void {
    const { held } = this.#gate.counts()
    this.heldMax = Math.max(this.heldMax, held)
    this.#windows.held(held)
    const endSpan = this.#startSpan()
    return (end) => {
      this.holdTimes.add(end.outcome, end.heldMs / 1000)
      this.#windows.holdEnded(end.heldMs)
      endSpan?.(end)
    }
  }

  turnedAway(reason: string): void {
    this.turnedAwayBy.set(reason, (this.turnedAwayBy.get(reason) ?? 0) + 1)
  }

  caughtUp(): void {
    this.#windows.end(this.#clock.monotonicMs())
  }

  #startSpan(): ((end: HoldEnd) => void) | undefined {
    const { tracer, flavour } = this.#options
    if (tracer === undefined) return undefined
    return startHoldSpan(tracer, () => ({
      datasource: this.status().datasource,
      flavour: flavour?.(),
    }))
  }

  #windowEnded(window: WindowRecord): void {
    this.lastWindow = window
    const { log, onWindow } = this.#options
    const troubled = window.expired + window.rejected + window.errors.unknown > 0
    log?.[troubled ? 'warn' : 'info'](window, windowMessage(window))
    onWindow?.(window)
  }
}

function windowMessage({ outcome, pauseMs, released, expired, rejected }: WindowRecord): string {
  const lost = expired + rejected === 0 ? '' : `, expired or rejected: ${expired + rejected}`
  return `writes were held for ${pauseMs} ms and ${outcome}: ${released} let in${lost}`
}
