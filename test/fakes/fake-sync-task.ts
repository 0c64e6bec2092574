import type { SyncTask } from '../../src/core/ports/sync-task.ts'
import type { FakeDatabaseState } from './fake-database-server.ts'

export interface FakeSyncState {
  readonly name: string
  readonly from: string
  readonly to: string
  state: 'running' | 'stopped' | 'failed' | 'missing'
  error: string | undefined
  /** True: it runs and cannot reach what it reads from. */
  connecting?: boolean
  /** The source's position up to which the target is filled. */
  applied: number
  /** The probe cannot tell. */
  blind: boolean
}

/** A sync task in memory; while it runs, a test moves `applied`. */
export function createFakeSyncTask(sync: FakeSyncState, source: FakeDatabaseState): SyncTask {
  return {
    name: sync.name,
    from: sync.from,
    to: sync.to,
    status: async () => ({
      state: sync.state,
      ...(sync.error === undefined ? {} : { error: sync.error }),
      ...(sync.connecting === true && sync.state === 'running' ? { connecting: true as const } : {}),
    }),
    stop: async () => {
      sync.state = 'stopped'
    },
    start: async () => {
      sync.state = sync.error === undefined ? 'running' : 'failed'
      if (sync.state === 'running') sync.applied = source.position
    },
    remove: async () => {
      sync.state = 'missing'
    },
    applied: async ({ gtid }) => {
      if (sync.blind) return { state: 'unknown', reason: 'the target does not say' }
      const wanted = Number(gtid.split('-').at(-1))
      if (sync.applied >= wanted) return { state: 'applied', evidence: `target is at 0-1-${sync.applied}` }
      return { state: 'behind', reason: `target is at 0-1-${sync.applied}, not yet at ${gtid}` }
    },
  }
}
