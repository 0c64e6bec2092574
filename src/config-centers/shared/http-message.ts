export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the context path: `/v1/cs/configs`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Time until the answer must be complete. Default: 5 s. */
  readonly deadlineMs?: number
  /** An answer that is longer is broken off. Default: 16 MiB, far above what config centers store. */
  readonly maxBytes?: number
  /**
   * For an answer without an end: its head must come before the deadline, then it is read line by line. What is
   * answered is then without a body, and the length is that of one line.
   */
  readonly lines?: LineReading
}

/** How an answer is read that comes a line at a time. */
export interface LineReading {
  /** Called with each line; true: nothing more is read. Must not throw. */
  readonly isEnough: (line: string) => boolean
  /** Nothing more is read after this time either. */
  readonly lifetimeMs: number
}

export interface HttpAnswer {
  readonly server: string
  readonly status: number
  /** Decoded as UTF-8, a byte order mark kept. */
  readonly body: string
  readonly headers: Headers
}

/** What is known after one attempt. `unknown`: the server may or may not have acted. */
export type HttpOutcome =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer }
  | { readonly kind: 'never-sent'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }
