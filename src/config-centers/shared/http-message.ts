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
