import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CutoverPool } from '../../src/service/swap/create-pool.ts'
import { classify } from '../../src/service/classify.ts'
import { isGateError } from '../../src/service/gate/gate-error.ts'

export interface Write {
  readonly token: string
  /** Rows it makes. */
  readonly parts: number
  /** Undefined: it was acknowledged. */
  readonly failure: string | undefined
  readonly ms: number
}

export interface Load {
  readonly writes: readonly Write[]
  /** Reads that failed. */
  readonly failedReads: readonly string[]
  stop(): Promise<void>
}

const insert = 'INSERT INTO switched (token, part) VALUES (?, ?)'
const pauseMs = 4

/** Writes and reads without a pause through the pools, each in every form, until it is stopped. */
export function startLoad(instances: readonly CutoverPool[], writersEach = 4): Load {
  const writes: Write[] = []
  const failedReads: string[] = []
  const state = { running: true }
  const workers = instances.flatMap((instance) => [
    ...Array.from({ length: writersEach }, (_, worker) => writer(instance, worker)),
    reader(instance),
  ])

  async function writer(instance: CutoverPool, worker: number): Promise<void> {
    for (let n = worker; state.running; n += 1) {
      const one = forms[n % forms.length] ?? autocommit
      const token = randomUUID()
      const began = performance.now()
      const failure = await one.run(instance, token).then(() => undefined, nameOf)
      writes.push({ token, parts: one.parts, failure, ms: performance.now() - began })
      await sleep(pauseMs)
    }
  }

  async function reader({ pool }: CutoverPool): Promise<void> {
    while (state.running) {
      await pool.query('SELECT COUNT(*) FROM switched').catch((error: unknown) => {
        failedReads.push(nameOf(error))
      })
      await sleep(pauseMs)
    }
  }

  return {
    writes,
    failedReads,
    async stop() {
      state.running = false
      await Promise.all(workers)
    },
  }
}

interface Form {
  readonly parts: number
  run(instance: CutoverPool, token: string): Promise<void>
}

const autocommit: Form = {
  parts: 1,
  async run({ pool }, token) {
    await pool.query(insert, [token, 1])
  },
}

const prepared: Form = {
  parts: 1,
  async run({ pool }, token) {
    await pool.execute(insert, [token, 1])
  },
}

const byHand: Form = {
  parts: 2,
  async run({ pool }, token) {
    const connection = await pool.getConnection()
    try {
      await connection.beginTransaction()
      await connection.query(insert, [token, 1])
      await connection.query(insert, [token, 2])
      await connection.commit()
    } catch (error) {
      await connection.rollback().catch(() => undefined)
      throw error
    } finally {
      connection.release()
    }
  },
}

const helped: Form = {
  parts: 2,
  run: ({ pool }, token) =>
    pool.transaction(async (connection) => {
      await connection.query(insert, [token, 1])
      await connection.query(insert, [token, 2])
    }),
}

const forms = [autocommit, byHand, prepared, helped]

/** `unknown` when nobody can say whether it took effect. */
function nameOf(error: unknown): string {
  if (isGateError(error)) return error.code
  const decision = classify(error)
  return decision.class === 'unknown' ? 'unknown' : String(decision.errno ?? (error as Error).message)
}
