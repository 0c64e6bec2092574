import { createPool, type Pool } from 'mysql2/promise'
import type { LoadContext, StockSettings, Stream } from './load-context.ts'
import { idPrefix, type WriteLine } from './types.ts'

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
      const result = await insertMovement(pool, line.id, number)
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
  return { stream, close: () => pool.end() }
}

async function insertMovement(
  pool: Pool,
  id: string,
  number: number,
): Promise<Pick<WriteLine, 'outcome' | 'detail'>> {
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
