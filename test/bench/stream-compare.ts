import type { Connection, RowDataPacket } from 'mysql2/promise'
import { movedSchema } from '../../src/lab/servers/schemas.ts'

type Cells = readonly unknown[]

interface Outcome {
  readonly rows: number
  readonly equal: boolean
}

/**
 * The plain way: every row of every table travels from both servers to this process, ordered by primary key, and is
 * compared here, column by column.
 */
export async function compareByStreaming(source: Connection, target: Connection): Promise<Outcome> {
  let rows = 0
  let equal = true
  for (const sql of await selectsOf(source)) {
    const table = await compareTable(source, target, sql)
    rows += table.rows
    equal &&= table.equal
  }
  return { rows, equal }
}

/** One SELECT per table. JSON (MariaDB says LONGTEXT) as text: parsing it would only cost time. */
async function selectsOf(connection: Connection): Promise<readonly string[]> {
  const [columns] = await connection.query<RowDataPacket[]>(
    `SELECT TABLE_NAME AS tab, COLUMN_NAME AS name, DATA_TYPE AS type, COLUMN_KEY AS part
      FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    [movedSchema],
  )
  return [...new Set(columns.map(({ tab }) => String(tab)))].map((table) => {
    const its = columns.filter(({ tab }) => tab === table)
    const list = its.map(({ name, type }) =>
      type === 'json' || type === 'longtext' ? `CAST(\`${name}\` AS CHAR)` : `\`${name}\``,
    )
    const key = its.filter(({ part }) => part === 'PRI').map(({ name }) => `\`${name}\``)
    return `SELECT ${list.join(', ')} FROM ${movedSchema}.\`${table}\` FORCE INDEX (PRIMARY) ORDER BY ${key.join(', ')}`
  })
}

/** Rows that one side may be ahead of the other. */
const aheadRows = 10_000

async function compareTable(source: Connection, target: Connection, sql: string): Promise<Outcome> {
  let rows = 0
  let equal = true
  const sides = [
    { connection: source, waiting: [] as Cells[] },
    { connection: target, waiting: [] as Cells[] },
  ] as const
  const [left, right] = sides
  const match = (): void => {
    const pairs = Math.min(left.waiting.length, right.waiting.length)
    for (let i = 0; i < pairs; i += 1) equal &&= sameCells(left.waiting[i] ?? [], right.waiting[i] ?? [])
    rows += pairs
    for (const { waiting } of sides) waiting.splice(0, pairs)
    // Last: resuming hands over buffered rows at once, which comes back here.
    for (const { connection, waiting } of sides) if (waiting.length < aheadRows) connection.resume()
  }
  await Promise.all(
    sides.map(({ connection, waiting }) =>
      streamRows(connection, sql, (row) => {
        waiting.push(row)
        if (waiting.length % 1000 !== 0) return
        match()
        if (waiting.length >= aheadRows) connection.pause()
      }).then(match),
    ),
  )
  const unmatched = left.waiting.length + right.waiting.length
  return { rows: rows + unmatched, equal: equal && unmatched === 0 }
}

/** The promise interface gathers all rows; the one below it hands them over one by one. */
interface RowByRow {
  readonly connection: {
    query(options: { sql: string; rowsAsArray: true }): {
      on(event: 'result', listener: (row: Cells) => void): unknown
      once(event: 'error' | 'end', listener: (error: Error) => void): unknown
    }
  }
}

function streamRows(connection: Connection, sql: string, take: (row: Cells) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = (connection as unknown as RowByRow).connection.query({ sql, rowsAsArray: true })
    query.on('result', take)
    query.once('error', reject)
    query.once('end', () => resolve())
  })
}

function sameCells(left: Cells, right: Cells): boolean {
  return left.length === right.length && left.every((cell, i) => sameCell(cell, right[i]))
}

function sameCell(a: unknown, b: unknown): boolean {
  return a === b || (Buffer.isBuffer(a) && Buffer.isBuffer(b) && a.equals(b))
}
