import type { FaultStage } from './open-fault-stage.ts'

/** The run a fault strikes. */
export interface Scene {
  readonly stage: FaultStage
  /** Of the process that writes the journal. */
  readonly pid: () => Promise<number>
  /** The file of the run's journal. */
  readonly journal: () => Promise<string>
  /** From 0 (inclusive) to 1, of the point's own seed. */
  readonly random: () => number
  /** Longest time of anything that lasts, milliseconds. */
  readonly longestMs: number
}

/** Something that goes wrong around a run. */
export interface Fault {
  readonly name: string
  /** What kind of fault it is; a short sample takes one of each. */
  readonly kind: string
  /** Moments at which it certainly bites; a sample takes one of these. */
  readonly bites: RegExp
  /** The services' own servers are away meanwhile, so users see it. */
  readonly users?: true
  /** Needs the run's directory on the small disk. */
  readonly smallDisk?: true
  /** What the runner's environment needs for it, made anew for each round. */
  environment?(stage: FaultStage): Promise<Readonly<Record<string, string>>>
  /**
   * Makes it happen; when this resolves, the run may go on. Whatever it began, it ends by itself; what it returns
   * resolves when everything is well again.
   */
  strike(scene: Scene): Promise<() => Promise<void>>
}

/** A whole number from `from` to `to`. */
export function between(random: () => number, from: number, to: number): number {
  return Math.round(from + random() * (to - from))
}
