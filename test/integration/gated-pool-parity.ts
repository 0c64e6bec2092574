import type { EventEmitter } from 'node:events'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Pool as CallbackPool, PoolConnection as CallbackConnection } from 'mysql2'
import { raw } from 'mysql2'
import type { Pool } from 'mysql2/promise'

/** What both a bare pool and the facade are asked; what they answer must be the same. */
export interface ParityCase {
  readonly name: string
  readonly ask: (pool: Pool, callbacks: CallbackPool) => Promise<unknown>
}

const rows = 'SELECT id, name, big, at FROM items ORDER BY id'

export const promiseCases: readonly ParityCase[] = [
  { name: 'rows and fields of query', ask: async (pool) => fieldNames(await pool.query(rows)) },
  {
    name: 'values',
    ask: (pool) => pool.query('SELECT ? AS a, ?? FROM items WHERE id = ?', ['x', 'name', 1]),
  },
  {
    name: 'an object of values',
    ask: (pool) => pool.query('SELECT id FROM items WHERE ?', [{ name: 'b' }]),
  },
  {
    name: 'a raw value',
    ask: async (pool) => (await pool.query('UPDATE items SET at = ? WHERE id = 2', [raw('NULL')]))[0],
  },
  { name: 'options', ask: (pool) => pool.query({ sql: rows, rowsAsArray: true }) },
  { name: 'nested tables', ask: (pool) => pool.query({ sql: rows, nestTables: '_' }) },
  { name: 'values in options', ask: (pool) => pool.query({ sql: 'SELECT ? AS a', values: [1] }) },
  {
    name: 'named placeholders',
    ask: (pool) => pool.query({ sql: 'SELECT :a AS a', namedPlaceholders: true }, { a: 5 }),
  },
  {
    name: 'a type cast',
    ask: (pool) =>
      pool.query({
        sql: rows,
        typeCast: (field, next) => (field.name === 'name' ? `<${field.string()}>` : next()),
      }),
  },
  { name: 'execute', ask: async (pool) => fieldNames(await pool.execute(rows)) },
  { name: 'execute with values', ask: (pool) => pool.execute('SELECT name FROM items WHERE id = ?', [1]) },
  {
    name: 'execute with options',
    ask: (pool) => pool.execute({ sql: 'SELECT ? AS a', values: [1], rowsAsArray: true }),
  },
  {
    name: 'the header of an insert',
    ask: async (pool) => (await pool.query('INSERT INTO numbered (owner) VALUES (1), (2)'))[0],
  },
  {
    name: 'the header of an executed delete',
    ask: async (pool) => (await pool.execute('DELETE FROM numbered WHERE owner = ?', [1]))[0],
  },
  { name: 'a duplicate key', ask: (pool) => pool.query('INSERT INTO items (id) VALUES (1)') },
  {
    name: 'a duplicate key, executed',
    ask: (pool) => pool.execute('INSERT INTO items (id) VALUES (?)', [1]),
  },
  { name: 'a syntax error', ask: (pool) => pool.query('SELECT FROM WHERE') },
  { name: 'a syntax error, executed', ask: (pool) => pool.execute('SELECT FROM WHERE') },
  { name: 'a missing table', ask: (pool) => pool.query('SELECT * FROM nowhere') },
  {
    name: 'an undefined parameter',
    ask: (pool) => pool.execute('SELECT ? AS a', [undefined as unknown as null]),
  },
  { name: 'parameters that are no array', ask: (pool) => pool.execute('SELECT ? AS a', { a: 1 }) },
  { name: 'several statements', ask: (pool) => pool.query('SELECT 1 AS a; SELECT 2 AS b') },
  { name: 'several statements, one wrong', ask: (pool) => pool.query('SELECT 1 AS a; SELECT nothing') },
  { name: 'a client time-out', ask: (pool) => pool.query({ sql: 'SELECT SLEEP(1)', timeout: 50 }) },
  {
    name: 'escaping',
    ask: async (pool) => [
      pool.escape("a'b"),
      pool.escapeId('a`b'),
      pool.format('SELECT ? FROM ??', [new Date(0), 'x.y']),
    ],
  },
  { name: 'a transaction', ask: inTransaction },
  { name: 'a rollback', ask: withRollback },
  { name: 'ping, reset and connect of a connection', ask: pingAndReset },
  { name: 'a prepared statement', ask: prepared },
  { name: 'escaping of a connection', ask: escapes },
  { name: 'another user', ask: anotherUser },
  { name: 'async disposal of a connection', ask: disposed },
]

export const callbackCases: readonly ParityCase[] = [
  { name: 'query', ask: (_, pool) => called((done) => pool.query(rows, done)) },
  { name: 'query with values', ask: (_, pool) => called((done) => pool.query('SELECT ? AS a', [1], done)) },
  {
    name: 'query with options',
    ask: (_, pool) => called((done) => pool.query({ sql: 'SELECT ? AS a', values: [3] }, done)),
  },
  { name: 'execute', ask: (_, pool) => called((done) => void pool.execute('SELECT ? AS a', [1], done)) },
  {
    name: 'execute without values',
    ask: (_, pool) => called((done) => void pool.execute('SELECT 1 AS a', done)),
  },
  { name: 'an error', ask: (_, pool) => called((done) => pool.query('SELECT nothing', done)) },
  {
    name: 'an executed error',
    ask: (_, pool) => called((done) => void pool.execute('SELECT nothing', done)),
  },
  {
    name: 'parameters that are undefined',
    ask: (_, pool) => called((done) => void pool.execute('SELECT ?', [undefined as unknown as null], done)),
  },
  { name: 'events of query', ask: (_, pool) => events(pool.query(rows)) },
  { name: 'events of a failing query', ask: (_, pool) => events(pool.query('SELECT nothing')) },
  {
    name: 'events of an insert',
    ask: (_, pool) => events(pool.query('INSERT INTO numbered (owner) VALUES (9)'), ['insertId']),
  },
  { name: 'a stream', ask: (_, pool) => streamed(pool.query(rows).stream({ highWaterMark: 1 })) },
  {
    name: 'a stream of a connection',
    ask: (_, pool) => onConnection(pool, (one) => streamed(one.query(rows).stream())),
  },
  {
    name: 'a stream of an executed statement',
    ask: (_, pool) => onConnection(pool, (one) => streamed(executeEvents(one, rows).stream())),
  },
  {
    name: 'events of an executed statement',
    ask: (_, pool) => onConnection(pool, (one) => events(executeEvents(one, 'SELECT 7 AS a'))),
  },
  {
    name: 'events of an executed statement that fails',
    ask: (_, pool) => onConnection(pool, (one) => events(executeEvents(one, 'SELECT nothing'))),
  },
  { name: 'a transaction of callbacks', ask: (_, pool) => onConnection(pool, callbackTransaction) },
  { name: 'ping', ask: (_, pool) => onConnection(pool, (one) => called((done) => one.ping(done))) },
  { name: 'a prepared statement of callbacks', ask: (_, pool) => onConnection(pool, callbackPrepared) },
  { name: 'the promise form', ask: async (_, pool) => (await pool.promise().query('SELECT 1 AS a'))[0] },
  {
    name: 'the promise form of a connection',
    ask: (_, pool) => onConnection(pool, async (one) => (await one.promise().query('SELECT 1 AS a'))[0]),
  },
]

/** What is compared of an answer: everything but what a name or a number of another run makes different. */
export function comparable(answer: unknown): unknown {
  if (answer instanceof Error) {
    const { name, message, errno, code, fatal, sqlState, syscall } = answer as NodeJS.ErrnoException &
      Record<string, unknown>
    return { name, message, errno, code, fatal, sqlState, syscall }
  }
  if (Array.isArray(answer)) return answer.map(comparable)
  if (typeof answer !== 'object' || answer === null) return answer
  if (answer instanceof Date) return answer.toISOString()
  if (ArrayBuffer.isView(answer)) return Buffer.from(answer.buffer).toString('hex')
  // Where in which packet a name stood differs from run to run.
  const shown = Object.entries(answer).filter(([key]) => key !== 'insertId' && !key.startsWith('_'))
  const fields = Object.fromEntries(shown.map(([key, value]) => [key, comparable(value)]))
  return { of: answer.constructor?.name ?? 'null', ...fields }
}

function fieldNames([found, fields]: readonly [unknown, readonly { readonly name: string }[]]): unknown {
  return [found, fields.map(({ name }) => name)]
}

async function inTransaction(pool: Pool): Promise<unknown> {
  const one = await pool.getConnection()
  try {
    const began = await one.beginTransaction()
    const [inserted] = await one.query('INSERT INTO items (id, name) VALUES (50, ?)', ['fifty'])
    await one.query('SAVEPOINT a')
    await one.query('DELETE FROM items')
    await one.query('ROLLBACK TO SAVEPOINT a')
    const committed = await one.commit()
    const [found] = await one.query('SELECT COUNT(*) AS n FROM items')
    await one.query('DELETE FROM items WHERE id = 50')
    return [began, inserted, committed, found]
  } finally {
    one.release()
  }
}

async function withRollback(pool: Pool): Promise<unknown> {
  const one = await pool.getConnection()
  try {
    await one.beginTransaction()
    await one.query('INSERT INTO items (id) VALUES (51)')
    const rolled = await one.rollback()
    return [rolled, (await one.query('SELECT id FROM items WHERE id = 51'))[0]]
  } finally {
    one.release()
  }
}

async function pingAndReset(pool: Pool): Promise<unknown> {
  const one = await pool.getConnection()
  try {
    const answers = [await one.ping(), await one.reset()]
    await one.connect()
    return [...answers, typeof one.threadId]
  } finally {
    one.release()
  }
}

async function prepared(pool: Pool): Promise<unknown> {
  const one = await pool.getConnection()
  try {
    const statement = await one.prepare('SELECT name FROM items WHERE id = ?')
    const answers = [await statement.execute([1]), await statement.execute([2])]
    await statement.close()
    return answers
  } finally {
    one.release()
  }
}

async function escapes(pool: Pool): Promise<unknown> {
  const one = await pool.getConnection()
  try {
    return [one.escape(null), one.escapeId('a'), one.format('? ??', [1, 'b']), one.unprepare('SELECT 1')]
  } finally {
    one.release()
  }
}

async function anotherUser(pool: Pool): Promise<unknown> {
  const one = await pool.getConnection()
  try {
    await one.changeUser({ database: 'two' })
    return (await one.query('SELECT DATABASE() AS db'))[0]
  } finally {
    one.destroy()
  }
}

async function disposed(pool: Pool): Promise<unknown> {
  await using one = await pool.getConnection()
  return (await one.query('SELECT 1 AS a'))[0]
}

type Done = (error: unknown, result?: unknown) => void

/** What a callback is given. */
function called(call: (done: Done) => unknown): Promise<unknown> {
  return new Promise((resolve) => {
    call((error, result) => resolve({ error: error ?? null, result }))
  })
}

/** The events of a command, in order. */
async function events(command: EventEmitter, hide: readonly string[] = []): Promise<unknown> {
  const seen: unknown[] = []
  for (const name of ['error', 'fields', 'result']) {
    command.on(name, (given: unknown) => {
      const isFields = name === 'fields' && Array.isArray(given)
      seen.push([name, isFields ? given.map((field: { name: string }) => field.name) : given])
    })
  }
  await once(command, 'end')
  return seen.filter((each) => !hide.includes(String(each)))
}

async function streamed(stream: Readable): Promise<unknown> {
  const found: unknown[] = []
  for await (const row of stream) found.push(row)
  return found
}

/** The driver has it; its types forget it. */
function executeEvents(one: CallbackConnection, sql: string): ReturnType<CallbackPool['query']> {
  return one.execute(sql)
}

async function onConnection(
  pool: CallbackPool,
  use: (one: CallbackConnection) => Promise<unknown>,
): Promise<unknown> {
  const one = await new Promise<CallbackConnection>((resolve, reject) => {
    pool.getConnection((error, got) => (error ? reject(error) : resolve(got)))
  })
  try {
    return await use(one)
  } finally {
    one.release()
  }
}

async function callbackTransaction(one: CallbackConnection): Promise<unknown> {
  const began = await called((done) => one.beginTransaction(done))
  const inserted = await called((done) => one.query('INSERT INTO items (id) VALUES (60)', done))
  const committed = await called((done) => one.commit(done))
  const deleted = await called((done) => one.query('DELETE FROM items WHERE id = 60', done))
  return [began, inserted, committed, deleted]
}

function callbackPrepared(one: CallbackConnection): Promise<unknown> {
  return new Promise((resolve, reject) => {
    one.prepare('SELECT ? AS a', (error, statement) => {
      if (error) return reject(error)
      statement.execute([4], (failure, found) =>
        failure ? reject(failure) : resolve([found, Object.keys(statement).includes('id')]),
      )
    })
  })
}
