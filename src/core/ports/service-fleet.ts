import type { GateState, InstanceStatus } from '../instance-status.ts'
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

/** One running instance of a service that is switched live. */
export interface FoundInstance {
  /** Name in messages; unique within the service. */
  readonly name: string
  /** Base address of this one instance. */
  readonly url: string
}

/** What an instance said about itself, and how its clock stands to the runner's. */
export interface InstanceReport {
  readonly status: InstanceStatus
  /**
   * How far the instance's wall clock is ahead of the runner's, milliseconds: its own time against the middle of the
   * request. Wrong by half the round trip at most.
   */
  readonly offsetMs: number
  readonly roundTripMs: number
}

/** What is waited for. */
export interface GateWish {
  /** The answer comes as soon as the instance's gate is in one of these states, */
  readonly gates: readonly GateState[]
  /** or after so long, milliseconds; at most 1000. */
  readonly withinMs: number
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
  /**
   * Every running instance, looked for anew each time: as the playbook lists them, or as its `find` says.
   * @throws `system.refused` when a name or an address is found twice, or an answer is not a list of instances; what the
   *   config center or the command throws.
   */
  instances(signal: AbortSignal): Promise<readonly FoundInstance[]>
  /**
   * Asks one instance for its status, on a connection that is kept. Never waits longer than two seconds.
   * @throws `system.unreachable` when it does not answer; `system.unauthenticated` when it refuses the token;
   *   `system.refused` naming the field that is wrong, or when another service answers.
   */
  status(instance: FoundInstance, signal: AbortSignal): Promise<InstanceReport>
  /**
   * The same, answered when the gate is as wished, without asking again and again. The answer may come earlier than
   * that: an instance may know nothing of wishes. `offsetMs` is then wrong by the whole way back.
   */
  statusWhen(instance: FoundInstance, wish: GateWish, signal: AbortSignal): Promise<InstanceReport>
}
