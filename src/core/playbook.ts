import type { GateTiming } from './gate.ts'
import type { SecretRef } from './secret.ts'
import type { NoticeSpec, ServiceSpec, SystemSpec } from './system-specs.ts'

/** Where something stands in the playbook's file; both numbers count from 1. */
export interface SourcePlace {
  readonly file: string
  readonly line: number
  readonly column: number
}

export type PhaseName = 'prepare' | 'pause' | 'settle'

export type OnFailure =
  /** Walk back what was done. Not possible after the point of no return. */
  | 'undo'
  /** Leave everything as it is and say what is true. */
  | 'stop'

export interface PlaybookStep {
  readonly type: 'step'
  /** Unique in the playbook, kebab-case. */
  readonly id: string
  readonly uses: string
  /** As the kind's schema returned it. */
  readonly with: unknown
  readonly deadlineMs: number
  readonly onFailure: OnFailure
  /** At most one step of a playbook. Passed, and recorded, after its intention and right before its deed. */
  readonly pointOfNoReturn: boolean
  readonly place: SourcePlace
}

export interface PlaybookGate {
  readonly type: 'gate'
  readonly id: string
  readonly uses: string
  readonly with: unknown
  readonly timing: GateTiming
  readonly onFailure: OnFailure
  readonly place: SourcePlace
}

export type PlaybookItem = PlaybookStep | PlaybookGate

/** A checked playbook: everything it names exists, every value has its type. Frozen. */
export interface Playbook {
  readonly name: string
  readonly purpose: string
  readonly file: string
  /**
   * SHA-256 of the content after its variables were filled in, in a canonical form: comments, layout and the order of
   * keys do not change it. Secrets are references, so none is in it.
   */
  readonly digest: string
  readonly systems: Readonly<Record<string, SystemSpec>>
  readonly services: Readonly<Record<string, ServiceSpec>>
  readonly notice: NoticeSpec | undefined
  /** What the operator must type before anything changes, usually the target's name. */
  readonly confirm: string
  /** Playbook that moves the service back: a path relative to `file`. Absent: there is none. */
  readonly reverse?: string | undefined
  readonly phases: Readonly<Record<PhaseName, readonly PlaybookItem[]>>
  /** Every secret it refers to, once. */
  readonly secrets: readonly SecretRef[]
  /** The announced length of the pause. Passing it before the point of no return leads to undo. */
  readonly pauseBudgetMs: number
  /** What passing the budget before the point of no return leads to. */
  readonly onOverrun: 'undo' | 'go-on'
  /** What the supervisor does when the runner's process dies inside the pause, before the point of no return. */
  readonly onCrash: 'resume' | 'undo'
  /** When the pause may be. Absent: at any time. */
  readonly window?: PlaybookWindow | undefined
}

/** Milliseconds since 1970. */
export interface PlaybookWindow {
  /** The pause does not begin before it. */
  readonly notBefore?: number | undefined
  /** The pause must be over by then: it does not begin when its budget does not fit any more. */
  readonly notAfter?: number | undefined
}

/** All items in the order in which they run. */
export function playbookItems(playbook: Playbook): readonly PlaybookItem[] {
  return [...playbook.phases.prepare, ...playbook.phases.pause, ...playbook.phases.settle]
}

export function phaseOf(playbook: Playbook, id: string): PhaseName | undefined {
  const phases: readonly PhaseName[] = ['prepare', 'pause', 'settle']
  return phases.find((phase) => playbook.phases[phase].some((item) => item.id === id))
}
