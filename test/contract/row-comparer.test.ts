import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startPair, type Pair } from './row-comparer-pair.ts'

const pairs: readonly (readonly [ServerEngine, ServerEngine])[] = [
  ['mariadb', 'mariadb'],
  ['mysql', 'mysql'],
]

const wideTable = `CREATE TABLE wide (
  id INT PRIMARY KEY, small TINYINT UNSIGNED, big BIGINT UNSIGNED, zero INT(8) ZEROFILL, price DECIMAL(30,10),
  f FLOAT, d DOUBLE, b BIT(9), flag ENUM('yes','no',''), tags SET('a','b','c'),
  name VARCHAR(100) COLLATE utf8mb4_general_ci, old VARCHAR(50) CHARACTER SET latin1, fixed CHAR(10),
  raw VARBINARY(50), filled BINARY(4), note TEXT, doc JSON, photo LONGBLOB,
  day DATE, at DATETIME(6), stamp TIMESTAMP(3) NULL, span TIME(2), y YEAR, place POINT,
  half INT AS (id DIV 2) VIRTUAL, twice INT AS (id * 2) STORED)`
const wideRow = (
  id: number,
) => `INSERT INTO wide (id, small, big, zero, price, f, d, b, flag, tags, name, old, fixed,
  raw, filled, note, doc, photo, day, at, stamp, span, y, place) VALUES (${id}, 255, 18446744073709551615, 42,
  12345678901234567890.0123456789, 16777216, 0.1, b'101010101', 'yes', 'a,c', '中文 🚀', 'é', 'x', x'00ff', x'01',
  'text', '{"b": 1, "a": [1.10, null]}', x'deadbeef', '2026-02-03', '2026-02-03 04:05:06.789012',
  '2026-02-03 04:05:06.789', '-12:34:56.78', 2026, ST_GeomFromText('POINT(1 2)'))`

/** One change of row 5 on the target; each must show as one differing row. */
const changes: readonly (readonly [string, string])[] = [
  ['a single bit of a blob', "photo = x'deadbeee'"],
  ['a single bit of a BIT column', "b = b'101010100'"],
  ['the last unit of an unsigned 64-bit number', 'big = 18446744073709551614'],
  ['the last digit of a DECIMAL', 'price = 12345678901234567890.0123456788'],
  ['a FLOAT below its display precision', 'f = 16777218'],
  ['a DOUBLE in its last bit', 'd = 0.10000000000000002'],
  ['NULL for an empty string', "note = ''"],
  ['an empty string for NULL', 'raw = NULL'],
  ['the case of a letter', "fixed = 'X'"],
  ['a trailing space', "note = 'text '"],
  ['a trailing zero byte', "raw = x'00ff00'"],
  ['one emoji for another', "name = '中文 🚗'"],
  ['an accent that the collation ignores', "old = 'e'"],
  ['a value in a JSON document', `doc = '{"b": 2, "a": [1.10, null]}'`],
  ['a microsecond', "at = '2026-02-03 04:05:06.789013'"],
  ['a second of a TIMESTAMP', "stamp = '2026-02-03 04:05:07.789'"],
  ['the sign of a TIME', "span = '12:34:56.78'"],
  ['a zero date', "day = '0000-00-00'"],
  ['the invalid ENUM value for an empty one', "flag = 'nonsense'"],
  ['a member of a SET', "tags = 'a,b'"],
  ['a point', "place = ST_GeomFromText('POINT(1 2.0000001)')"],
  ['text that moved across a column border', "name = '中文 ', old = '🚀é'"],
]

describe.each(pairs)('the row comparer from %s to %s', (sourceEngine, targetEngine) => {
  let pair: Pair

  beforeAll(async () => {
    pair = await startPair(sourceEngine, targetEngine)
    await pair.both(wideTable, ...[-3, 0, 5, 6].map(wideRow))
    await pair.both(
      `UPDATE wide SET raw = '', note = NULL, flag = '' WHERE id = 6`,
      'CREATE TABLE numbers (n INT PRIMARY KEY, v INT NOT NULL, w INT NOT NULL)',
      `INSERT INTO numbers WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 1000)
        SELECT n, n * 7, n * 11 FROM s`,
    )
  })
  afterAll(async () => pair[Symbol.asyncDispose]())

  const restoreWide = async (id: number) => {
    await pair.target.query(`REPLACE ${wideRow(id).slice('INSERT '.length)}`)
  }

  test('finds equal tables equal, virtual and stored columns included', async () => {
    const result = await pair.compare()
    expect(result).toMatchObject({ equal: true, rowsCompared: 1004 })
    expect(result.tables.map((table) => table.table)).toEqual(['numbers', 'wide'])
  })

  test.each(changes)('sees %s', async (_name, assignment) => {
    await pair.target.query(`UPDATE wide SET ${assignment} WHERE id = 5`)
    const result = await pair.compareTable('wide')
    await restoreWide(5)
    expect(result).toMatchObject({
      sourceRows: 4,
      targetRows: 4,
      missingInTarget: 0,
      extraInTarget: 0,
      different: 1,
      examples: ['id=5'],
    })
  })

  test('tells NULL from an empty string in both directions', async () => {
    await pair.target.query(`UPDATE wide SET raw = NULL, note = '' WHERE id = 6`)
    expect(await pair.compareTable('wide')).toMatchObject({ different: 1, examples: ['id=6'] })
    await pair.target.query(`UPDATE wide SET raw = '', note = NULL WHERE id = 6`)
    expect(await pair.compareTable('wide')).toMatchObject({ different: 0 })
  })

  // With a chunk of 100 rows these are the first and last row, both sides of a border, and one in the middle.
  test.each([1, 100, 101, 555, 1000])('finds row %i missing, and extra the other way round', async (n) => {
    await pair.target.query('DELETE FROM numbers WHERE n = ?', [n])
    const missing = await pair.compareTable('numbers', { chunkRows: 100 })
    await pair.source.query('DELETE FROM numbers WHERE n = ?', [n])
    await pair.target.query('INSERT INTO numbers VALUES (?, ?, ?)', [n, n * 7, n * 11])
    const extra = await pair.compareTable('numbers', { chunkRows: 100 })
    await pair.source.query('INSERT INTO numbers VALUES (?, ?, ?)', [n, n * 7, n * 11])
    expect(missing).toMatchObject({
      missingInTarget: 1,
      extraInTarget: 0,
      different: 0,
      examples: [`n=${n}`],
    })
    expect(extra).toMatchObject({ missingInTarget: 0, extraInTarget: 1, different: 0, examples: [`n=${n}`] })
  })

  test.each([-1, 0, 1001])('finds row %i beyond or before all keys of the source', async (n) => {
    await pair.target.query('INSERT INTO numbers VALUES (?, 1, 1)', [n])
    const result = await pair.compareTable('numbers', { chunkRows: 100 })
    await pair.target.query('DELETE FROM numbers WHERE n = ?', [n])
    expect(result).toMatchObject({ extraInTarget: 1, missingInTarget: 0, examples: [`n=${n}`] })
  })

  test('finds two rows of equal length that swapped a value, and columns that swapped theirs', async () => {
    await pair.target.query(
      `UPDATE numbers SET v = CASE n WHEN 500 THEN 501 * 7 ELSE 500 * 7 END WHERE n IN (500, 501)`,
    )
    await pair.target.query('UPDATE numbers SET v = 110 * 11, w = 110 * 7 WHERE n = 110')
    const result = await pair.compareTable('numbers')
    await pair.target.query('UPDATE numbers SET v = n * 7, w = n * 11')
    expect(result).toMatchObject({ different: 3, examples: ['n=110', 'n=500', 'n=501'] })
  })

  test('counts every difference and shows twenty', async () => {
    await pair.target.query('UPDATE numbers SET v = v + 1')
    const result = await pair.compareTable('numbers', { chunkRows: 64 })
    await pair.target.query('UPDATE numbers SET v = v - 1')
    expect(result.different).toBe(1000)
    expect(result.examples).toHaveLength(20)
  })

  test('pages through a target that holds far more rows than the source', async () => {
    await pair.both('CREATE TABLE thin (n INT PRIMARY KEY)')
    await pair.target.query('INSERT INTO thin SELECT n FROM numbers')
    const result = await pair.compareTable('thin', { chunkRows: 64 })
    await pair.both('DROP TABLE thin')
    expect(result).toMatchObject({ sourceRows: 0, targetRows: 1000, extraInTarget: 1000 })
  })

  test.each([
    ['text under a collation', 'VARCHAR(20)', (n: number) => `Kéy ${n % 7} ${n}`],
    ['latin1 text', 'VARCHAR(20) CHARACTER SET latin1', (n: number) => `é${n}`],
    ['bytes', 'VARBINARY(8)', (n: number) => Buffer.from([n % 256, 0xff, 0, n >> 8])],
    ['a signed 64-bit number', 'BIGINT', (n: number) => String(BigInt(n - 50) * 9007199254740993n)],
    [
      'an unsigned 64-bit number',
      'BIGINT UNSIGNED',
      (n: number) => String(18446744073709551615n - BigInt(n)),
    ],
    ['a decimal of 30 digits', 'DECIMAL(30,10)', (n: number) => `1234567890123456789.${1_000_000_000 + n}`],
    ['a time with microseconds', 'DATETIME(6)', (n: number) => `2026-01-01 00:00:00.${100_000 + n}`],
    ['a timestamp', 'TIMESTAMP(6)', (n: number) => `2026-01-01 00:00:00.${100_000 + n}`],
    [
      'a date',
      'DATE',
      (n: number) => `20${10 + (n % 80)}-${String(1 + Math.floor(n / 80)).padStart(2, '0')}-01`,
    ],
    ['an enum', "ENUM('z','y','x','b','a')", (n: number) => 'zyxba'[n] ?? null],
    ['a double', 'DOUBLE', (n: number) => n / 3],
  ])('walks a composite key that begins with %s', async (_name, type, value) => {
    await pair.both(`CREATE TABLE walked (a ${type}, b INT, v INT, PRIMARY KEY (a, b))`)
    const keys = Array.from({ length: 100 }, (_, n) => value(n)).filter((key) => key !== null)
    const rows = keys.flatMap((key) => [0, 1, 2].map((b) => [key, b, b]))
    await Promise.all([
      pair.source.query('INSERT INTO walked VALUES ?', [rows]),
      pair.target.query('INSERT INTO walked VALUES ?', [rows]),
    ])
    const equal = await pair.compareTable('walked', { chunkRows: 7 })
    await pair.target.query('UPDATE walked SET v = 9 WHERE b = 1 ORDER BY a DESC LIMIT 1')
    const changed = await pair.compareTable('walked', { chunkRows: 7 })
    await pair.both('DROP TABLE walked')
    expect(equal).toMatchObject({
      sourceRows: rows.length,
      targetRows: rows.length,
      different: 0,
      examples: [],
    })
    expect(changed.different + changed.missingInTarget).toBe(1)
  })

  test('sees keys that only the collation calls equal', async () => {
    await pair.both('CREATE TABLE named (name VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY)')
    await pair.source.query("INSERT INTO named VALUES ('a'), ('Straße')")
    await pair.target.query("INSERT INTO named VALUES ('A'), ('Straße')")
    const result = await pair.compareTable('named')
    await pair.both('DROP TABLE named')
    expect(result).toMatchObject({ missingInTarget: 1, extraInTarget: 1, examples: ['name=A', 'name=a'] })
  })

  test('compares a key that the servers sort differently', async () => {
    const rows = "('a'), ('B'), ('c'), ('D'), ('e')"
    await pair.source.query('CREATE TABLE sorted (k VARCHAR(5) COLLATE utf8mb4_bin PRIMARY KEY)')
    await pair.target.query('CREATE TABLE sorted (k VARCHAR(5) COLLATE utf8mb4_general_ci PRIMARY KEY)')
    await pair.both(`INSERT INTO sorted VALUES ${rows}`)
    const equal = await pair.compareTable('sorted', { chunkRows: 2 })
    await pair.target.query("UPDATE sorted SET k = 'E' WHERE k = 'e'")
    const changed = await pair.compareTable('sorted', { chunkRows: 2 })
    await pair.both('DROP TABLE sorted')
    expect(equal).toMatchObject({ missingInTarget: 0, extraInTarget: 0 })
    expect(changed).toMatchObject({ missingInTarget: 1, extraInTarget: 1 })
  })

  test('counts duplicates of a table without a key', async () => {
    await pair.both('CREATE TABLE heap (v INT, t VARCHAR(10))')
    await pair.source.query("INSERT INTO heap VALUES (1,'a'), (1,'a'), (2,'b'), (NULL,NULL)")
    await pair.target.query("INSERT INTO heap VALUES (3,'a'), (3,'a'), (2,'b'), (NULL,NULL)")
    const swapped = await pair.compareTable('heap')
    await pair.target.query('UPDATE heap SET v = 1 WHERE v = 3')
    const equal = await pair.compareTable('heap')
    await pair.target.query("INSERT INTO heap VALUES (2,'b')")
    const doubled = await pair.compareTable('heap', { heapRowsPerPass: 1 })
    await pair.both('DROP TABLE heap')
    expect(swapped).toMatchObject({
      missingInTarget: 2,
      extraInTarget: 2,
      examples: expect.arrayContaining(['v=1 t=a', 'v=3 t=a']),
    })
    expect(equal).toMatchObject({ missingInTarget: 0, extraInTarget: 0, different: 0 })
    expect(doubled).toMatchObject({ missingInTarget: 0, extraInTarget: 1, examples: ['v=2 t=b'] })
  })

  test('compares text of different character sets by its letters', async () => {
    await pair.source.query('CREATE TABLE letters (id INT PRIMARY KEY, t VARCHAR(10) CHARACTER SET latin1)')
    await pair.target.query('CREATE TABLE letters (id INT PRIMARY KEY, t VARCHAR(10) CHARACTER SET utf8mb4)')
    await pair.both("INSERT INTO letters VALUES (1, 'é'), (2, 'ü')")
    const equal = await pair.compareTable('letters')
    await pair.target.query("UPDATE letters SET t = 'u' WHERE id = 2")
    const changed = await pair.compareTable('letters')
    await pair.both('DROP TABLE letters')
    expect(equal.different).toBe(0)
    expect(changed).toMatchObject({ different: 1, examples: ['id=2'] })
  })

  test('quotes every name and binds every value', async () => {
    await pair.both(
      "CREATE TABLE `od``d -- name` (`se``lect` VARCHAR(20), `it's\\\\` INT, PRIMARY KEY (`se``lect`))",
      "INSERT INTO `od``d -- name` VALUES ('a''b', 1), ('c\\\\', 2), ('%_', 3)",
    )
    const result = await pair.compareTable('od`d -- name', { chunkRows: 1 })
    await pair.both('DROP TABLE `od``d -- name`')
    expect(result).toMatchObject({ sourceRows: 3, targetRows: 3, different: 0 })
  })

  test('reads all chunks as of one moment while others write', async () => {
    let changes = 0
    const result = await pair.compareWhile('numbers', { chunkRows: 100 }, async () => {
      changes += 1
      if (changes === 1) await pair.target.query('UPDATE numbers SET v = v + 1')
    })
    await pair.target.query('UPDATE numbers SET v = v - 1')
    expect(changes).toBeGreaterThan(10)
    expect(result).toMatchObject({ sourceRows: 1000, targetRows: 1000, different: 0 })
  })

  test('names a table that one server lacks', async () => {
    await pair.source.query('CREATE TABLE lonely (n INT PRIMARY KEY)')
    await expect(pair.compare()).rejects.toMatchObject({
      code: 'verify.failed',
      message: 'Table shop.lonely is not on target.',
    })
    await pair.source.query('DROP TABLE lonely')
    await expect(pair.compare(['nothing'])).rejects.toMatchObject({
      message: 'Table shop.nothing is not on source.',
    })
  })

  test('names the columns that differ', async () => {
    await pair.source.query('CREATE TABLE cols (n INT PRIMARY KEY, a INT)')
    await pair.target.query('CREATE TABLE cols (n INT PRIMARY KEY, b INT)')
    await expect(pair.compare(['cols'])).rejects.toMatchObject({
      code: 'verify.failed',
      message: 'The columns of shop.cols differ: a is only on source, b is only on target.',
    })
    await pair.both('DROP TABLE cols')
  })

  test('compares a value larger than a packet, and refuses a row of texts that is', async () => {
    await pair.both('CREATE TABLE large (id INT PRIMARY KEY, whole LONGTEXT, part TEXT)')
    await pair.both("INSERT INTO large VALUES (1, REPEAT('x', 60000), 'y')")
    await pair.both('SET @before = @@GLOBAL.max_allowed_packet', 'SET GLOBAL max_allowed_packet = 32768')
    try {
      expect(await pair.compareTable('large')).toMatchObject({ sourceRows: 1, different: 0 })
      await pair.target.query("UPDATE large SET whole = CONCAT(REPEAT('x', 29999), 'y')")
      expect(await pair.compareTable('large')).toMatchObject({ different: 1 })
      await pair.both("UPDATE large SET part = REPEAT('z', 32000), whole = REPEAT('z', 3000)")
      await expect(pair.compare(['large'])).rejects.toMatchObject({ code: 'system.unsupported' })
    } finally {
      await pair.both('SET GLOBAL max_allowed_packet = @before', 'DROP TABLE large')
    }
  })

  test('stops with the reason of the signal', async () => {
    const reason = new Error('enough')
    await expect(
      pair
        .comparer()
        .compare(
          { source: 'source', target: 'target', tables: [{ schema: 'shop' }] },
          AbortSignal.abort(reason),
        ),
    ).rejects.toBe(reason)
  })
})
