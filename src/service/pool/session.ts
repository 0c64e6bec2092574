import type { RawConnection } from './driver.ts'
import type { SessionSource } from './session-source.ts'

/** Whoever asked for a session, and has it. */
export interface SessionHolder {
  /** False: it has lost interest while it waited. */
  readonly wantsSession: boolean
  onSession(session: Session): void
  onNoSession(error: Error): void
  /** Its session has ended by itself or was closed, whatever was under way on it. */
  onSessionEnd(error: Error): void
  /** Its datasource was left while it waited; it is to ask at the present one. */
  onMove(): void
  /** Gives its session back if it has no need of it now. */
  letGo(): boolean
}

/** One real connection and what the pool knows of it. */
export class Session {
  readonly connection: RawConnection
  readonly source: SessionSource
  holder: SessionHolder | undefined
  /** It is with a holder, or on its way there. */
  isOut = false
  hasEnded = false
  /** It was opened before its datasource came into use, or was refused a right: `USE schema` makes it look again. */
  isStale = false
  /** Opened before its datasource came into use: the listeners of the facade have not seen it. */
  isUnseen = false

  constructor(connection: RawConnection, source: SessionSource) {
    this.connection = connection
    this.source = source
  }

  /** Ends it in order, as soon as what runs on it has run. */
  end(): void {
    // Each connection has a copy of the settings; without this, `end` would only give it back, with a warning.
    Object.assign(this.connection.config, { gracefulEnd: true })
    this.connection.end()
  }
}
