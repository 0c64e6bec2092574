import type { Agent } from 'node:http'
import type { Clock } from '../../core/ports/clock.ts'
import type { KnownOrders } from './known-orders.ts'
import type { LogLine, LoadOptions } from './types.ts'

/** Defaults filled in, secrets revealed: what the load's process works with. */
export type LoadSettings = Required<Omit<LoadOptions, 'billingUrl' | 'stock' | 'secrets'>> & {
  readonly billingUrl: string | undefined
  readonly stock: StockSettings | undefined
  readonly secrets: readonly string[]
}

export interface StockSettings {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** What every stream of the load shares. */
export interface LoadContext {
  readonly settings: LoadSettings
  readonly clock: Clock
  readonly agent: Agent
  readonly known: KnownOrders
  /** Wall-clock milliseconds of a monotonic moment, to a tenth. */
  wall(monotonicMs: number): number
  log(line: LogLine): void
}

/** One kind of arrival. */
export interface Stream {
  readonly perSecond: number
  /** Does one arrival and logs it; resolves when its fate is known. Never rejects. */
  send(intendedMs: number, number: number): Promise<void>
  /** Logs an arrival that was not sent because too many were waiting. */
  skip(intendedMs: number, number: number): void
}
