import type { z } from 'zod'
import type { Json } from './json.ts'
import type { Ports } from './ports/index.ts'

/** One thing a step would change, as the plan shows it. */
export interface Change {
  /** What is touched: `account 'orders_ro'@'%' on target`, `document orders.yaml in nacos`. */
  readonly subject: string
  /** State now, secrets masked. Absent: does not exist yet. */
  readonly from?: string
  /** State wanted, secrets masked. Absent: will be removed. */
  readonly to?: string
  /**
   * How far the line can be trusted: `exact` was read from the system, `predicted` depends on earlier steps of the
   * same playbook, `unknown` cannot be looked at beforehand.
   */
  readonly fidelity: 'exact' | 'predicted' | 'unknown'
}

/** The answer of `verify`: is the wanted state true, and by which evidence. */
export type Verdict =
  | { readonly holds: true; readonly evidence: string; readonly facts?: Json }
  | { readonly holds: false; readonly reason: string; readonly hint?: string }

/** What a step, and a gate, may use. Nothing global, no environment: all of it comes from here. */
export interface StepContext {
  readonly runId: string
  /** Rises each time the run's lock is taken; goes into notices, so that an old runner's word is recognisably old. */
  readonly epoch: number
  readonly stepId: string
  readonly ports: Ports
  /** Fires at the step's deadline or when the run is stopped. Every port call takes it. */
  readonly signal: AbortSignal
  /** The before-image of another step of this run; undefined: it has not begun, or there is no such step. */
  before(stepId: string): Json | undefined
  /** One line for the operator. Must not hold a secret (it is redacted again on the way out). */
  say(text: string): void
}

/** A warning about a step's settings. */
export interface Remark {
  /** The rest of a sentence that begins with the step's id. */
  readonly message: string
  /** One sentence: what to write instead. */
  readonly hint: string
  /** True: from the point of no return on it does not matter. */
  readonly onlyBeforeNoReturn?: boolean
}

/** A part of a service's description that an item cannot do without. */
export interface ServiceNeed {
  readonly service: string
  /**
   * `restart`: every instance of the list says how it is restarted. `hot`: the service can be switched live. `address`: of
   * every instance it is known which address it has for the config center.
   */
  readonly part: 'restart' | 'hot' | 'address'
  /** True: only its undo needs it. */
  readonly onlyUndo?: true
}

/**
 * A kind of step: one file in `steps/`, one line in the catalogue.
 * All five verbs may be called more than once; `run` must be safe to repeat after `verify` said no.
 */
export interface StepKind<Want = unknown, Seen extends Json = Json> {
  /** The name in the playbook, equal to the file name. */
  readonly kind: string
  /** One sentence for the generated table. */
  readonly summary: string
  /** Checks and normalises the `with:` of the playbook. Every field has a description. */
  readonly schema: z.ZodType<Want>
  /** Parts of the playbook the step cannot do without; their absence is a mistake in the playbook. */
  readonly requires?: readonly 'notice'[]
  /** What of its services it cannot do without; their absence is a mistake in the playbook. Touches nothing. */
  needs?(want: Want): readonly ServiceNeed[]
  /** Deadline when the playbook gives none, milliseconds. Default: 60 s. */
  readonly defaultDeadlineMs?: number
  /**
   * True: after a failure a person may leave it out, with a reason. Only where that can cost neither a write nor a
   * proof. Default: false.
   */
  readonly skippable?: boolean
  /** What it does to users' writes; the checker wants fence, proofs and release in this order. Absent: nothing. */
  readonly writes?: 'refused' | 'allowed'
  /** The service to which it publishes a datasource; the checker wants writes refused first where its pool follows by itself. */
  publishes?(want: Want): string
  /** Steps that must come before it, of one of these kinds; anything else is a mistake in the playbook. */
  follows?(want: Want): { readonly id: string; readonly kinds: readonly string[] }
  /** What it does with the writes of services that are switched live; the checker wants one after the other. */
  readonly holds?: 'hold' | 'release'
  /**
   * The one thing that it looks at and changes, such as `database target`. Given, its before-image may be read some
   * seconds ahead, when nothing in between touches the same. Absent: it is read when the step is there.
   */
  touches?(want: Want): string
  /** What is allowed in these settings and mostly not wanted; `validate` warns of it. Touches nothing. */
  remarks?(want: Want): readonly Remark[]
  /** Why there is no undo, shown by the plan. Absent: the step can be undone. */
  readonly irreversible?: string
  /** Reads the state before the step: the before-image that `undo` restores. Goes to the journal: no secrets. */
  observe(context: StepContext, want: Want): Promise<Seen>
  /** What `run` would change. Touches nothing. An empty list: nothing to do. */
  plan(context: StepContext, want: Want): Promise<readonly Change[]>
  run(context: StepContext, want: Want, seen: Seen): Promise<void>
  /** Is the wanted state true? Decides after `run`, and alone decides for a step left in doubt by a crash. */
  verify(context: StepContext, want: Want, seen: Seen): Promise<Verdict>
  /** Restores the before-image. Safe to repeat, and safe when `run` was cut off half-way. */
  undo?(context: StepContext, want: Want, seen: Seen): Promise<void>
  /** Is the before-image true again? Required when `undo` exists. */
  verifyUndone?(context: StepContext, want: Want, seen: Seen): Promise<Verdict>
}

// The catalogue holds kinds of many shapes; only the runner calls them, with what their own schema returned.
export type AnyStepKind = StepKind<never, never>

/** Types a step kind from its schema; returns it unchanged. */
export function defineStep<Want, Seen extends Json>(kind: StepKind<Want, Seen>): StepKind<Want, Seen> {
  return Object.freeze(kind)
}
