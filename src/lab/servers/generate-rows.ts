/** Rows one statement inserts: large enough to be quick, small enough for a replica to follow in steps. */
const rowsPerStatement = 10_000

/** How many rows each table of the moved schema gets. */
export interface RowCounts {
  readonly orders: number
  readonly lines: number
  readonly files: number
  readonly tags: number
}

/** Spreads a total over the tables: an order has a line or two, few have a file or tags. */
export function spreadRows(total: number): RowCounts {
  const orders = Math.max(1, Math.round(total * 0.4))
  const files = Math.min(orders, Math.round(total * 0.05))
  const tags = Math.min(orders, Math.round(total * 0.15))
  return { orders, files, tags, lines: Math.min(2 * orders, Math.max(0, total - orders - files - tags)) }
}

/**
 * Statements that fill the moved schema. The server makes the rows itself from the row number and the seed, so the
 * same seed gives the same rows on every server and product, and nothing big crosses a connection.
 */
export function* generateRows(counts: RowCounts, seed: number): Generator<string> {
  const prefix = String(Math.trunc(seed))
  yield* inBatches(counts.orders, (numbers) => orderRows(numbers, prefix))
  yield* inBatches(counts.lines, (numbers) => lineRows(numbers, prefix, counts.orders))
  yield* inBatches(counts.files, (numbers) => fileRows(numbers, prefix))
  yield* inBatches(counts.tags, (numbers) => tagRows(numbers, prefix))
}

function* inBatches(count: number, statement: (numbers: string) => string): Generator<string> {
  for (let from = 0; from < count; from += rowsPerStatement) {
    yield statement(numbersBetween(from, Math.min(from + rowsPerStatement, count)))
  }
}

/** A derived table `t` with one column `n`, from inclusive, to exclusive; needs no server setting. */
function numbersBetween(from: number, to: number): string {
  const digit =
    '(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)'
  return `(SELECT ${from} + a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n
    FROM ${digit} e CROSS JOIN ${digit} c CROSS JOIN ${digit} b CROSS JOIN ${digit} a
    WHERE a.d + 10 * b.d + 100 * c.d + 1000 * e.d < ${to - from} ORDER BY n)`
}

/**
 * Adds `h`, 64 hex digits that depend on the seed, the table and the row number alone. The LIMIT makes the server work
 * them out once for each row and not once for each use.
 */
function hashed(numbers: string, prefix: string, table: string): string {
  return `(SELECT n, SHA2(CONCAT('${prefix}:${table}:', n), 256) AS h FROM ${numbers} t LIMIT ${rowsPerStatement}) r`
}

/** A number below `limit` from 7 of the hash's digits. */
function pick(at: number, limit: number): string {
  return `(CONV(SUBSTR(h, ${at}, 7), 16, 10) MOD ${limit})`
}

function orderId(number: string, prefix: string): string {
  return `CONCAT('base-${prefix}-', LPAD(${number}, 8, '0'))`
}

const customers = ['Ada', 'Björn', '王小明', 'Zoë', '李华', 'Søren', 'أمل', '田中']
  .map((name) => `'${name}'`)
  .join(', ')
const items = ['lamp', 'desk', '茶杯', 'chair', '书架', 'kettle', '🧸', 'clock']
  .map((name) => `'${name}'`)
  .join(', ')
const notes = [
  'NULL',
  "'请在下午三点以后送货，谢谢！'",
  "'Leave it at the door 🚪🙂'",
  "'Line one\\nline two\\twith a tab'",
  "''",
  "'O''Brien said \"soon\" 100%'",
].join(', ')

function orderRows(numbers: string, prefix: string): string {
  return `INSERT INTO orders.orders
    (id, seq, customer, item, quantity, price, status, note, attributes, created_at, updated_at)
    SELECT ${orderId('n', prefix)}, n + 1,
      CONCAT(ELT(1 + ${pick(1, 8)}, ${customers}), ' ', ${pick(8, 9000)}),
      ELT(1 + ${pick(15, 8)}, ${items}), 1 + ${pick(22, 20)}, ${pick(29, 10_000_000)} / 100,
      ELT(1 + ${pick(36, 4)}, 'open', 'paid', 'shipped', 'cancelled'),
      ELT(1 + ${pick(43, 6)}, ${notes}),
      IF(${pick(50, 5)} = 0, NULL, CONCAT('{"channel": "', ELT(1 + ${pick(50, 3)}, 'web', 'app', '门店'),
        '", "priority": ', ${pick(8, 5)}, ', "gift": ', IF(${pick(1, 2)} = 0, 'true', 'false'), '}')),
      '2026-01-01 00:00:00.000000' + INTERVAL ${pick(15, 20_000_000)} SECOND + INTERVAL ${pick(22, 1_000_000)} MICROSECOND,
      IF(${pick(29, 3)} = 0, NULL, '2026-09-01 00:00:00.000' + INTERVAL ${pick(36, 1_000_000)} SECOND)
    FROM ${hashed(numbers, prefix, 'orders')} ORDER BY n`
}

function lineRows(numbers: string, prefix: string, orders: number): string {
  return `INSERT INTO orders.order_lines (id, order_id, line_no, sku, amount, weight, gift)
    SELECT n + 1, ${orderId(`n MOD ${orders}`, prefix)}, 1 + n DIV ${orders}, UPPER(SUBSTR(h, 1, 12)),
      ${pick(13, 200_000_000)} / 1000, IF(${pick(20, 4)} = 0, NULL, ${pick(27, 100_000)} / 8), ${pick(34, 2)}
    FROM ${hashed(numbers, prefix, 'order_lines')} ORDER BY n`
}

function fileRows(numbers: string, prefix: string): string {
  return `INSERT INTO orders.order_files (id, order_id, name, digest, content, taken_on)
    SELECT n + 1, ${orderId('n', prefix)}, CONCAT('scan-', n, '.bin'), UNHEX(h),
      REPEAT(UNHEX(SHA2(h, 512)), 1 + ${pick(1, 16)}), '2026-01-01' + INTERVAL ${pick(8, 300)} DAY
    FROM ${hashed(numbers, prefix, 'order_files')} ORDER BY n`
}

function tagRows(numbers: string, prefix: string): string {
  return `INSERT INTO orders.order_tags (order_id, tag, coupon)
    SELECT ${orderId('n', prefix)}, ELT(1 + ${pick(1, 4)}, 'new', 'vip', '加急', 'gift 🎁'),
      IF(${pick(8, 3)} = 0, NULL, UPPER(SUBSTR(h, 20, 16)))
    FROM ${hashed(numbers, prefix, 'order_tags')} ORDER BY n`
}
