import type { GatedPool } from '../../../src/service/pool/create-gated-pool.ts'

/** A small program as services have it, unchanged but for the pool it is given. */
export interface Program {
  /** One transaction: an item, and a numbered row that it owns. */
  write(id: number, name: string): Promise<void>
  /** The item's name; undefined when there is none. */
  read(id: number): Promise<string | undefined>
  close(): Promise<void>
}

export interface Mapper {
  readonly name: string
  readonly start: (pool: GatedPool) => Promise<Program>
}
