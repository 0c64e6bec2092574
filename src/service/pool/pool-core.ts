import type { WriteGate } from '../gate/write-gate.ts'
import type { StatementTraits } from '../sql/statement-traits.ts'
import type { Generation } from './generation.ts'

/** On whose behalf a write is held. */
export interface Asker {
  /** Writes of one key run in the order they came. */
  readonly key?: string | undefined
  /** Fires when nobody waits for the write any more, such as when the client of a request is gone. */
  readonly signal?: AbortSignal | undefined
}

/** What the leases of a facade share. */
export interface PoolCore {
  readonly current: Generation
  readonly gate: WriteGate
  readonly describe: (sql: string) => StatementTraits
  readonly askerOf: (() => Asker | undefined) | undefined
  /** A connection of a new datasource is used for the first time. */
  onUnseen(connection: object): void
}
