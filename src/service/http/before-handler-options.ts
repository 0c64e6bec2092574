import type { Secret } from '../../core/secret.ts'
import type { PauseOptions } from '../write-pause.ts'
import type { AnsweringOptions } from './answering-options.ts'
import type { RequestView } from './request-view.ts'
import type { RouteList } from './route-list.ts'
import type { UpgradeAnswer } from './upgrade-answer.ts'

/** For the half in front of the handlers. */
export interface BeforeHandlerOptions extends AnsweringOptions, PauseOptions {
  /** Routes that write although their method is safe, such as `GET /reports/build`. Default none. */
  readonly writers?: RouteList
  /** Routes that are never kept from their handler: health, administration, webhooks that nobody sends again. */
  readonly exempt?: RouteList
  /**
   * Whose request it is, such as a tenant's: of one key only so many are held, and they go on in the order they came.
   */
  readonly keyOf?: (request: RequestView) => string | undefined
  /** Lets a tester see the answers without a window. */
  readonly rehearsal?: Rehearsal
  /** Called for each request that was kept from its handler, when its wait is over. */
  readonly onPause?: (event: PauseEvent) => void
}

/** A request with this header is answered at once as if in a window, and its handler does not run. */
export interface Rehearsal {
  /**
   * What the header must hold, at least 16 characters without a space; `<token> unknown` shows the answer for an unknown outcome.
   */
  readonly token: Secret | string
  /** Default `cutover-rehearsal`. */
  readonly header?: string
}

/** A request that was kept from its handler. */
export interface PauseEvent {
  /**
   * `released`: it waited and went on. `refused`: answered "upgrading", at once or when its wait was over.
   * `abandoned`: the client left. `rehearsed`: a tester asked to see the answer.
   */
  readonly outcome: 'released' | 'refused' | 'abandoned' | 'rehearsed'
  readonly waitedMs: number
  /** What was answered. Its `instance` is what the user can report. */
  readonly answer: UpgradeAnswer | undefined
  /** True in mode `shadow`: the request went on at once; `released` stands for one that would have been held. */
  readonly shadow: boolean
  readonly request: RequestView
}
