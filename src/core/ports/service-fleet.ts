import type { ServiceSpec } from '../system-specs.ts'

export interface InstanceHealth {
  readonly instance: string
  readonly healthy: boolean
  /** Status line or the reason why not. */
  readonly detail: string
}

export interface HttpRequest {
  readonly method: string
  /** Relative to the service's or instance's base address. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly ms: number
}

/** A service from outside: its instances, their health, requests like a user's. */
export interface ServiceFleet {
  readonly name: string
  readonly spec: ServiceSpec
  /**
   * One instance: out of the balancer, restarted (in-flight requests finish), healthy again, back in.
   * When it does not come up it stays out, and the error `service.unhealthy` says so.
   */
  restart(instance: string, signal: AbortSignal): Promise<void>
  /**
   * An instance that is healthy gets requests again, as one may that a runner took out before it died. Nothing happens
   * when it gets them already. @throws when it cannot be put back; it is then where it was.
   */
  putBack(instance: string, signal: AbortSignal): Promise<void>
  health(signal: AbortSignal): Promise<readonly InstanceHealth[]>
  /**
   * Sent to the service's address; any status is an answer.
   * @throws `system.unreachable`; `system.ambiguous` when a changing request was sent and no answer came.
   */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>
}
