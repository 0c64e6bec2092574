import type { GateErrorReason } from '../../../../src/service/gate/gate-error.ts'
import { isGateError } from '../../../../src/service/gate/gate-error.ts'
import type { EnterRequest, Unit, WriteGate } from '../../../../src/service/gate/write-gate.ts'

/** A write that asked a gate, and what it was answered. */
export interface Asker {
  readonly name: string
  unit?: Unit
  rejected?: GateErrorReason
  answers: number
}

/** Asks, and writes down the answer; the names of those let in go to `order`. */
export function ask(
  gate: WriteGate,
  name: string,
  request: Partial<EnterRequest> = {},
  order: string[] = [],
): Asker {
  const asker: Asker = { name, answers: 0 }
  void answer(gate.enter({ bytes: 1, ...request }))
  return asker

  async function answer(answered: Promise<Unit>): Promise<void> {
    try {
      asker.unit = await answered
      order.push(name)
    } catch (error) {
      if (!isGateError(error)) throw error
      asker.rejected = error.reason
    }
    asker.answers += 1
  }
}

/** Lets every answer arrive. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
