import { createPool, type Pool } from 'mysql2/promise'
import type { LoadContext, StockSettings, Stream } from './load-context.ts'
import { idPrefix, type WriteLine } from './types.ts'

const goodbyeMs = 1000

/** The target's other writer: plain SQL, as a service has it that knows nothing of the cutover. */
export function stockWrites(
  context: LoadContext,
  access: StockSettings,
): { readonly stream: Stream; readonly close: () => Promise<void> } {
  const { clock, settings } = context
  const pool = createPool({ ...access, database: 'stock', connectionLimit: 4, charset: 'utf8mb4' })
  const head = (intendedMs: number, number: number) =>
    ({
      type: 'write',
      on: 'stock',
      id: `${idPrefix('stock', settings.seed)}${number}`,
      intended: context.wall(intendedMs),
    }) as const
  const stream: Stream = {
    perSecond: settings.stockPerSecond,
    async send(intendedMs, number) {
      const line = head(intendedMs, number)
      const sent = context.wall(clock.monotonicMs())
      const result = await within(settings.timeoutMs, insertMovement(pool, line.id, number))
      context.log({ ...line, sent, answered: context.wall(clock.monotonicMs()), status: null, ...result })
    },
    skip(intendedMs, number) {
      context.log({
        ...head(intendedMs, number),
        sent: null,
        answered: null,
        status: null,
        outcome: 'not-sent',
      })
    },
  }
  // A server that hangs is not waited for: the process ends anyway.
  return { stream, close: () => Promise.race([pool.end(), after(goodbyeMs, undefined)]) }
}

type Fate = Pick<WriteLine, 'outcome' | 'detail'>

/** Whatever has no answer by then may have happened or not. */
function within(timeoutMs: number, inserting: Promise<Fate>): Promise<Fate> {
  const ending = new AbortController()
  const tooLate = after<Fate>(timeoutMs, { outcome: 'unknown', detail: 'TIMEOUT' }, ending.signal)
  return Promise.race([inserting, tooLate]).finally(() => ending.abort())
}

function after<T>(ms: number, value: T, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(value), ms)
    signal?.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}

async function insertMovement(pool: Pool, id: string, number: number): Promise<Fate> {
  try {
    await pool.execute('INSERT INTO movements (id, item, quantity) VALUES (?, ?, ?)', [
      id,
      `item ${number % 50}`,
      (number % 9) + 1,
    ])
    return { outcome: 'acknowledged' }
  } catch (error) {
    const { code = 'ERROR', errno } = error as NodeJS.ErrnoException
    // A number of the server's means it answered; everything else happened to the connection.
    const answered = typeof errno === 'number' && errno >= 1000 && code.startsWith('ER_')
    return { outcome: answered || code === 'ECONNREFUSED' ? 'refused-other' : 'unknown', detail: code }
  }
}
