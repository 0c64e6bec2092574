import type { LoadSettings } from './load-context.ts'
import type { LoadSummary } from './types.ts'

/** What travels over the channel between the rehearsal and the load's process. */
export type ToLoad =
  | { readonly type: 'start'; readonly settings: LoadSettings }
  | { readonly type: 'mark'; readonly name: string; readonly number: number }
  | { readonly type: 'stop' }

export type FromLoad =
  | { readonly type: 'started' }
  | { readonly type: 'marked'; readonly number: number; readonly at: number }
  | { readonly type: 'stopped'; readonly summary: LoadSummary }
  | { readonly type: 'failed'; readonly message: string }
