import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createWriteGate } from '../../src/service/gate/create-write-gate.ts'
import { createGatedPool } from '../../src/service/pool/create-gated-pool.ts'
import { openCannedGeneration } from './facade-cost.ts'
import { poolWorks } from './pool-works.ts'

export interface HeldMemory {
  readonly writes: number
  /** Bytes of the heap that one held write keeps, its promise and the driver's command included. */
  readonly heapBytes: number
  /** What the gate takes it for, against its limit of memory. */
  readonly countedBytes: number
}

const longMs = 600_000

/** Holds so many inserts of one short value through the facade, and lets them run at the end. */
export async function benchHeldMemory(writes: number): Promise<HeldMemory> {
  const limits = { held: writes, holdMs: longMs, bytes: writes * 10_000 }
  const gate = createWriteGate({ limits })
  const pool = createGatedPool({ generation: openCannedGeneration(), gate })
  const insert = poolWorks['insert']
  if (insert === undefined) throw new Error('there is no insert among the works')
  for (let turn = 0; turn < 1000; turn += 1) await insert(pool, turn) // what is made once is no write's
  gate.close({ epoch: 1, limitMs: longMs })
  const before = keptBytes()
  const held = Array.from({ length: writes }, (_, turn) => insert(pool, turn))
  const { held: count, heldBytes } = gate.counts()
  if (count !== writes) throw new Error(`${count} of ${writes} writes are held`)
  const heapBytes = Math.round((keptBytes() - before) / writes)
  gate.abort()
  await Promise.all(held)
  await pool.end()
  return { writes, heapBytes, countedBytes: Math.round(heldBytes / writes) }
}

function keptBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

export function heldMemoryLine({ writes, heapBytes, countedBytes }: HeldMemory): string {
  return `${writes} held writes of one short value: ${heapBytes} bytes of memory each; the gate counts ${countedBytes}`
}
