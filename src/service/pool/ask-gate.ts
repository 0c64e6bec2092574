import type { Unit } from '../gate/write-gate.ts'
import { heldBytes } from './held-bytes.ts'
import type { Operation } from './operation.ts'
import type { PoolCore } from './pool-core.ts'

/** Waits at the gate for the unit that an operation begins. To be called within the call that wants it sent. */
export function askGate(core: PoolCore, operation: Operation, end: (reason: Error) => void): Promise<Unit> {
  const bytes = heldBytes(operation.sql, operation.values)
  return core.gate.enter({ ...core.askerOf?.(), bytes, end })
}
