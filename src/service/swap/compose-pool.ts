import { hostname } from 'node:os'
import { CutoverError } from '../../core/errors.ts'
import type { ErrorCounts, InstanceStatus } from '../../core/instance-status.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { silentLog } from '../../core/ports/log.ts'
import type { DryRunGate } from '../gate/create-dry-run-gate.ts'
import { createDryRunGate } from '../gate/create-dry-run-gate.ts'
import { createWriteGate } from '../gate/create-write-gate.ts'
import type { WriteGate } from '../gate/write-gate.ts'
import { createNoticeState } from '../notice-state.ts'
import { observeGate } from '../observe/observe-gate.ts'
import { generationNumbers, numbersWhileOpen } from '../observe/generation-numbers.ts'
import type { GatedPool } from '../pool/create-gated-pool.ts'
import { createGatedPool } from '../pool/create-gated-pool.ts'
import type { Generation } from '../pool/generation.ts'
import { openGeneration } from '../pool/open-generation.ts'
import { describeStatement } from '../sql/describe-statement.ts'
import type { CreatePoolOptions, CutoverPool } from './create-pool.ts'
import type { Datasource } from './datasource.ts'
import { reportInstance } from './instance-report.ts'
import { openNext } from './open-next.ts'
import type { StatusServer } from './serve-status.ts'
import { serveStatus } from './serve-status.ts'
import { createAwaitGate } from './await-gate.ts'
import { createStatusHandler, type AwaitGate } from './status-handler.ts'
import type { SwapCenter } from './swap-center.ts'
import type { SwapControllerOptions } from './swap-controller.ts'
import { SwapController } from './swap-controller.ts'
import { watchPublished } from './watch-published.ts'

export interface ComposeOptions extends Omit<CreatePoolOptions, 'center'> {
  readonly clock: Clock
  readonly center: SwapCenter
  /** Where the process begins. */
  readonly first: Datasource
}

const defaultWarm = 8

/** Puts the parts of a service's pool together. Nothing is waited for. */
export function composePool(options: ComposeOptions): CutoverPool {
  const { service, clock, center, first, datasource: document, log = silentLog } = options
  const instance = options.instance ?? `${hostname()}:${process.pid}`
  const stop = new AbortController()
  const errors: { -readonly [Kind in keyof ErrorCounts]: number } = { mapped: 0, passed: 0, unknown: 0 }
  const notices = createNoticeState(service, options.noticeGraceMs ?? 30_000, clock)
  const { gate, pool, shadow } = openParts(options)
  let present = first
  let inUse = pool.current
  let left: Generation | undefined
  const controller = startController(options, gate, pool, {
    onNotice: (text) => notices.take(text),
    switched: (next) => {
      present = next.datasource
      left = inUse
      inUse = next.generation
    },
  })
  const published = watchPublished(center.datasources(stop.signal), document, () => present, log)
  const status = (): InstanceStatus =>
    reportInstance({ service, instance, clock, gate, facade: pool, controller, errors })
  const observer = observeGate(shadow ?? gate, {
    status: shadow === undefined ? status : () => imagined(status(), shadow),
    log,
    clock,
    metrics: options.metrics,
    tracer: options.tracer,
    onEdge: options.onEdge,
    onWindow: options.onWindow,
    flavour: () => pool.current.flavour,
    pools: () => [
      generationNumbers('current', inUse),
      ...numbersWhileOpen('next', controller.nextGeneration),
      ...numbersWhileOpen('old', left),
    ],
  })
  return {
    pool,
    gate,
    notices: {
      window: () => notices.window(),
      notice: () => notices.notice(),
      ready: (signal) => controller.ready(signal),
      [Symbol.asyncDispose]: () => Promise.resolve(), // it ends with the pool
    },
    status,
    countError: (kind) => {
      errors[kind] += 1
    },
    ...statusOver(options.status, status, createAwaitGate(gate, clock)),
    async [Symbol.asyncDispose]() {
      stop.abort()
      observer[Symbol.dispose]()
      await controller[Symbol.asyncDispose]()
      await published
      await pool.end()
    },
  }
}

interface Parts {
  readonly gate: WriteGate
  /** Only in a dry run: what a real gate would do. */
  readonly shadow: DryRunGate['shadow'] | undefined
  readonly pool: GatedPool
}

function openParts(options: ComposeOptions): Parts {
  const { clock, first, limits, traits, askerOf, endGraceMs, mysql, dryRun = false } = options
  const gateOptions = { ...(limits && { limits }), clock }
  const dryRunGate = dryRun ? createDryRunGate(gateOptions) : undefined
  const gate = dryRunGate ?? createWriteGate(gateOptions)
  const generation = openGeneration(first, { ...mysql, clock })
  const pool = createGatedPool({ generation, gate, describe: describeStatement, traits, askerOf, endGraceMs })
  return { gate, pool, shadow: dryRunGate?.shadow }
}

/** For observers of a dry run. Never for the runner: nothing of it is true. */
function imagined(status: InstanceStatus, shadow: DryRunGate['shadow']): InstanceStatus {
  return {
    ...status,
    service: `${status.service} (dry run)`,
    gate: shadow.state,
    refusal: shadow.refusal,
    writes: shadow.counts(),
  }
}

function startController(
  options: ComposeOptions,
  gate: WriteGate,
  pool: GatedPool,
  told: Pick<SwapControllerOptions, 'onNotice' | 'switched'>,
): SwapController {
  const { service, center, clock, datasource: document, log = silentLog, graceMs = 10_000 } = options
  const driver = { ...options.mysql, clock }
  const warm = options.warmConnections ?? Math.min(defaultWarm, options.mysql?.connectionLimit ?? defaultWarm)
  const next = {
    service,
    document,
    driver,
    warm,
    clock,
    present: () => pool.current,
    open: (datasource: Datasource) => openGeneration(datasource, driver),
  }
  return new SwapController({
    service,
    center,
    gate,
    facade: pool,
    openNext: (staged, urgent, signal) => openNext(staged, next, urgent, signal),
    clock,
    log,
    graceMs,
    ...told,
  })
}

function statusOver(
  access: CreatePoolOptions['status'],
  status: () => InstanceStatus,
  awaitGate: AwaitGate,
): Pick<CutoverPool, 'handleStatus' | 'serveStatus'> {
  const answer = access === undefined ? undefined : createStatusHandler(access, status, awaitGate)
  return {
    handleStatus: (request, response) => answer?.(request, response) ?? false,
    serveStatus(where): Promise<StatusServer> {
      if (answer !== undefined) return serveStatus(answer, where)
      return Promise.reject(new CutoverError('usage', 'the pool was opened without a token for its status'))
    },
  }
}
