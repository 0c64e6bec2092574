import type { Position } from './database-server.ts'

export interface SyncStatus {
  readonly state: 'running' | 'stopped' | 'failed' | 'missing'
  /** The task's own words about an error, without data. */
  readonly error?: string
  /** True: it runs, but has no connection to what it reads from yet. */
  readonly connecting?: true
  /** Seconds behind, for people to look at; never decides anything. */
  readonly displayLagSeconds?: number
}

export type Applied =
  | { readonly state: 'applied'; readonly evidence: string }
  | { readonly state: 'behind'; readonly reason: string }
  /** The probe cannot tell; treated as not applied. */
  | { readonly state: 'unknown'; readonly reason: string }

/** Answers one question: has the target applied everything up to this position of the source? */
export interface LagProbe {
  /** Waits up to `waitMs` at the server for it to become true, so that the answer comes without polling delay. */
  applied(position: Position, waitMs: number, signal: AbortSignal): Promise<Applied>
}

/** What carries changes from source to target. */
export interface SyncTask extends LagProbe {
  readonly name: string
  /** Names of the databases in the playbook. */
  readonly from: string
  readonly to: string
  status(signal: AbortSignal): Promise<SyncStatus>
  stop(signal: AbortSignal): Promise<void>
  start(signal: AbortSignal): Promise<void>
  /**
   * Stops the task and forgets how it was set up, so that nothing starts it again, not even a restart of a server.
   * Only a person can set it up again. A task that is missing is fine.
   */
  remove(signal: AbortSignal): Promise<void>
}
