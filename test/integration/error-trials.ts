import { once } from 'node:events'
import type { Connection } from 'mysql2/promise'
import { expect } from 'vitest'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { fromElsewhere, password, thrownBy, type ErrorLab } from './error-lab.ts'
import {
  begin,
  byStatement,
  earlier,
  inShapes,
  insertRefused,
  refused,
  writeEarlier,
  type Provoked,
  type Shape,
  type Trial,
} from './error-trial.ts'

const readOnly = { arrange: ['SET GLOBAL read_only = 1'], undo: ['SET GLOBAL read_only = 0'] }
const superReadOnly = {
  arrange: ['SET GLOBAL super_read_only = 1'],
  undo: ['SET GLOBAL super_read_only = 0', 'SET GLOBAL read_only = 0'],
}
const schemaReadOnly = {
  arrange: ['ALTER SCHEMA app READ ONLY = 1'],
  undo: ['ALTER SCHEMA app READ ONLY = 0'],
}
const tableLock = {
  prelude: ['SET lock_wait_timeout = 1'],
  arrange: ['FLUSH TABLES WITH READ LOCK'],
  undo: ['UNLOCK TABLES'],
}
const reader = { user: 'reader' } as const
const lockRow = 'UPDATE app.locked SET v = v + 1 WHERE id = 1'
const impatient = ['SET innodb_lock_wait_timeout = 1']

const refusals: readonly Trial[] = [
  ...inShapes({ errno: 1290, what: 'read_only', upgrading: true }, readOnly, {
    alone: 'rejected',
    prepared: 'rejected',
    transaction: 'statement-rejected',
    commit: 'rejected-and-rolled-back',
  }),
  ...inShapes({ errno: 1290, what: 'super_read_only', upgrading: true, engine: 'mysql' }, superReadOnly, {
    alone: 'rejected',
    commit: 'rejected-and-rolled-back',
  }),
  ...inShapes(
    { errno: 1290, what: 'FOR UPDATE under read_only', upgrading: true },
    { ...readOnly, statement: 'SELECT * FROM t FOR UPDATE' },
    { alone: 'rejected' },
  ),
  ...inShapes(
    { errno: 1290, what: 'secure_file_priv, another option', upgrading: false },
    { user: 'owner', statement: "SELECT 1 INTO OUTFILE '/nowhere/file'" },
    { alone: 'bug' },
  ),
  ...inShapes({ errno: 3989, what: 'schema read only', upgrading: true, engine: 'mysql' }, schemaReadOnly, {
    alone: 'rejected',
    prepared: 'rejected',
    transaction: 'statement-rejected',
  }),
  ...inShapes({ errno: 1142, what: 'INSERT not granted', upgrading: true }, reader, {
    alone: 'rejected',
    transaction: 'statement-rejected',
  }),
  ...[
    'UPDATE t SET v = 1',
    'DELETE FROM t',
    `REPLACE INTO t (id) VALUES (${refused})`,
    'TRUNCATE t',
    'ALTER TABLE t ADD c INT',
    'RENAME TABLE t TO u',
    'INSERT INTO t (id) VALUES (2) ON DUPLICATE KEY UPDATE v = 1',
  ].map((statement): Trial => ({
    errno: 1142,
    what: statement,
    shape: 'alone',
    class: 'rejected',
    upgrading: true,
    provoke: byStatement('alone', { user: 'reader', statement }),
  })),
  ...inShapes(
    { errno: 1142, what: 'FOR UPDATE without rights to write', upgrading: true, engine: 'mysql' },
    { ...reader, statement: 'SELECT * FROM t FOR UPDATE' },
    { alone: 'rejected' },
  ),
  ...inShapes(
    { errno: 1142, what: 'SELECT not granted', upgrading: false },
    { ...reader, statement: 'SELECT * FROM mysql.user' },
    { alone: 'bug' },
  ),
  ...['de_DE', 'fr_FR', 'ja_JP', 'ko_KR', 'pt_BR', 'zh_CN'].map((language): Trial => ({
    errno: 1142,
    what: `INSERT not granted, said in ${language}`,
    shape: 'alone',
    class: 'rejected',
    upgrading: true,
    provoke: byStatement('alone', { ...reader, prelude: [`SET lc_messages = '${language}'`] }),
  })),
  {
    errno: 1143,
    what: 'UPDATE of a column not granted',
    shape: 'alone',
    class: 'rejected',
    upgrading: true,
    provoke: byStatement('alone', {
      ...reader,
      arrange: ['GRANT UPDATE (id) ON app.t TO reader'],
      undo: ['REVOKE UPDATE (id) ON app.t FROM reader'],
      statement: 'UPDATE t SET v = 1',
    }),
  },
  ...inShapes(
    { errno: 1370, what: 'EXECUTE not granted', upgrading: false },
    { ...reader, statement: `CALL add_one(${refused})` },
    { alone: 'rejected', transaction: 'statement-rejected' },
  ),
]

const logins: readonly Trial[] = [
  login(1045, { password: 'wrong' }),
  login(1044, { user: 'reader', database: 'nowhere' }),
  login(1049, { user: 'owner', database: 'nowhere' }),
  {
    ...login(1130, {}),
    provoke: async (lab) => {
      const users = ['writer', 'reader', 'owner', lab.running.admin.user]
      const move = (from: string, to: string): string[] => [
        ...users.map((user) => `RENAME USER '${user}'@'${from}' TO '${user}'@'${to}'`),
        // Which hosts may come at all is looked up afresh only then.
        'FLUSH PRIVILEGES',
      ]
      await lab.root(...move('%', '10.9.9.9'))
      const error = await thrownBy(lab.session('writer', fromElsewhere(lab.running)))
      await lab.root(...move('10.9.9.9', '%'))
      return { error }
    },
  },
  { ...lockedLogin(3118), engine: 'mysql' },
  { ...lockedLogin(4151), engine: 'mariadb' },
  {
    ...login(1698, { user: 'local' }),
    provoke: async (lab) => {
      if (lab.engine === 'mysql') await lab.root("INSTALL PLUGIN auth_socket SONAME 'auth_socket.so'")
      const plugin = lab.engine === 'mysql' ? 'WITH auth_socket' : 'VIA unix_socket'
      await lab.root(`CREATE USER local@'%' IDENTIFIED ${plugin}`)
      const error = await thrownBy(lab.session('writer', { user: 'local' }))
      await lab.root("DROP USER local@'%'")
      return { error }
    },
  },
  {
    ...login(
      3159,
      {},
      ['SET GLOBAL require_secure_transport = 1'],
      ['SET GLOBAL require_secure_transport = 0'],
    ),
    engine: 'mysql',
  },
  {
    ...login(3032, {}, ['SET GLOBAL offline_mode = 1'], ['SET GLOBAL offline_mode = 0']),
    engine: 'mysql',
    upgrading: true,
  },
  {
    errno: 4031,
    what: 'a session that idled, told without being asked',
    shape: 'transaction',
    class: 'rejected-and-rolled-back',
    upgrading: false,
    engine: 'mysql',
    provoke: async (lab) => {
      const session = await lab.session()
      await session.query('SET wait_timeout = 1')
      await begin(session)
      const [error] = (await once(session, 'error')) as readonly unknown[]
      return { error, session }
    },
  },
  ...[
    [1044, 'reader', 'LOCK TABLES t WRITE'],
    [1045, 'writer', "LOAD DATA INFILE '/nowhere' INTO TABLE t"],
    [1049, 'owner', 'USE nowhere'],
  ].map(([errno, user, statement]): Trial => ({
    errno: Number(errno),
    what: `in answer to a statement: ${statement}`,
    shape: 'alone',
    class: 'bug',
    upgrading: false,
    provoke: byStatement('alone', { user: user as 'reader', statement: String(statement) }),
  })),
]

function lockedLogin(errno: number): Trial {
  const create = `CREATE USER locked@'%' IDENTIFIED BY '${password}' ACCOUNT LOCK`
  return { ...login(errno, { user: 'locked' }, [create], ["DROP USER locked@'%'"]), upgrading: true }
}

function login(
  errno: number,
  options: object,
  arrange: readonly string[] = [],
  undo: readonly string[] = [],
): Trial {
  return {
    errno,
    what: 'at login',
    shape: 'connect',
    class: 'rejected',
    upgrading: false,
    provoke: async (lab) => {
      await lab.root(...arrange)
      const error = await thrownBy(lab.session('writer', options))
      await lab.root(...undo)
      return { error }
    },
  }
}

const locks: readonly Trial[] = [
  ...(['alone', 'transaction'] as const).map((shape): Trial => ({
    errno: 1205,
    what: 'a row is locked',
    shape,
    class: shape === 'alone' ? 'rejected' : 'statement-rejected',
    upgrading: false,
    provoke: (lab) =>
      whileLocked(lab, () => byStatement(shape, { prelude: impatient, statement: lockRow })(lab)),
  })),
  ...inShapes({ errno: 1205, what: 'FLUSH TABLES WITH READ LOCK', upgrading: false }, tableLock, {
    alone: 'rejected',
    commit: 'rejected-and-rolled-back',
  }),
  ...(['mysql', 'mariadb'] as const).map((engine): Trial => ({
    errno: engine === 'mysql' ? 3572 : 1205,
    what: 'NOWAIT',
    shape: 'transaction',
    class: 'statement-rejected',
    upgrading: false,
    engine,
    provoke: (lab) => {
      const statement = 'SELECT * FROM locked WHERE id = 1 FOR UPDATE NOWAIT'
      return whileLocked(lab, () => byStatement('transaction', { statement })(lab))
    },
  })),
  {
    errno: 1213,
    what: 'a deadlock',
    shape: 'transaction',
    class: 'rejected-and-rolled-back',
    upgrading: false,
    provoke: (lab) => deadlock(lab, (session) => begin(session)),
  },
  {
    errno: 1614,
    engine: 'mysql',
    what: 'a deadlock, told at the end of an XA branch',
    shape: 'transaction',
    class: 'rejected-and-rolled-back',
    upgrading: false,
    provoke: async (lab) => {
      const { session } = await deadlock(lab, async (victim) => {
        await victim.query("XA START 'branch'")
        await victim.query('INSERT INTO calm.t (id) VALUES (1)')
      })
      const error = await thrownBy(session.query("XA END 'branch'"))
      await session.query("XA ROLLBACK 'branch'")
      return { error, session }
    },
  },
]

async function whileLocked(lab: ErrorLab, work: () => Promise<Provoked>): Promise<Provoked> {
  const holder = await lab.session()
  await holder.query('START TRANSACTION')
  await holder.query(lockRow)
  const provoked = await work()
  await holder.query('ROLLBACK')
  return provoked
}

/** Two sessions wait for each other; the one that wrote less is the victim. */
async function deadlock(
  lab: ErrorLab,
  beginVictim: (session: Connection) => Promise<unknown>,
): Promise<{ readonly error: unknown; readonly session: Connection }> {
  const [victim, other] = [await lab.session(), await lab.session()]
  await beginVictim(victim)
  await other.query('START TRANSACTION')
  await other.query(
    `INSERT INTO t (id) VALUES ${Array.from({ length: 50 }, (_, i) => `(${i + 100})`).join()}`,
  )
  await victim.query(lockRow)
  await other.query('UPDATE locked SET v = 9 WHERE id = 2')
  const waiting = other.query(lockRow)
  await untilLockWait(lab, other)
  const error = await thrownBy(victim.query('UPDATE locked SET v = 9 WHERE id = 2'))
  await waiting
  await other.query('ROLLBACK')
  return { error, session: victim }
}

async function untilLockWait(lab: ErrorLab, { threadId }: Connection): Promise<void> {
  const sql = `SELECT trx_state AS s FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = ${threadId}`
  const isWaiting = async (): Promise<boolean> => (await lab.root(sql))[0]?.['s'] === 'LOCK WAIT'
  await expect.poll(isWaiting, { timeout: 5000, interval: 110 }).toBe(true)
}

const cutShort: readonly Trial[] = [
  ...(['alone', 'transaction'] as const).map((shape): Trial => ({
    errno: 1317,
    what: 'KILL QUERY',
    shape,
    class: shape === 'alone' ? 'unknown' : 'statement-rejected',
    upgrading: false,
    provoke: (lab) =>
      whileLocked(lab, async () => {
        const session = await lab.session()
        if (shape === 'transaction') await begin(session)
        const answer = thrownBy(session.query(lockRow))
        await untilLockWait(lab, session)
        await lab.root(`KILL QUERY ${session.threadId}`)
        return { error: await answer, session }
      }),
  })),
  {
    errno: 1317,
    what: 'KILL QUERY of a routine that had committed a row',
    shape: 'alone',
    class: 'unknown',
    upgrading: false,
    provoke: byStatement('alone', {
      arrange: [`CREATE PROCEDURE app.half() BEGIN ${insertRefused}; KILL QUERY CONNECTION_ID(); END`],
      undo: ['DROP PROCEDURE app.half'],
      statement: 'CALL half()',
    }),
    leaves: [refused],
  },
  {
    errno: 1142,
    what: 'INSERT not granted in the middle of a routine',
    shape: 'alone',
    class: 'unknown',
    upgrading: false,
    context: { multiStatement: true },
    provoke: byStatement('alone', {
      user: 'reader',
      arrange: [
        `CREATE PROCEDURE app.couple() SQL SECURITY INVOKER BEGIN ${writeEarlier}; ${insertRefused}; END`,
        'GRANT EXECUTE ON PROCEDURE app.couple TO reader',
      ],
      undo: ['DROP PROCEDURE app.couple'],
      statement: 'CALL couple()',
    }),
    leaves: [earlier],
  },
  {
    errno: 1205,
    what: 'a definition statement waits for a lock: its transaction was committed first',
    shape: 'commit',
    class: 'unknown',
    upgrading: false,
    context: { multiStatement: true },
    provoke: async (lab) => {
      const holder = await lab.session()
      await holder.query('START TRANSACTION')
      await holder.query('SELECT * FROM app.locked')
      const prelude = ['SET lock_wait_timeout = 1']
      return byStatement('transaction', { prelude, statement: 'ALTER TABLE locked ADD w INT' })(lab)
    },
    leaves: [earlier],
  },
  {
    errno: 1927,
    what: 'a session that was killed',
    shape: 'transaction',
    class: 'rejected-and-rolled-back',
    upgrading: true,
    engine: 'mariadb',
    provoke: byStatement('transaction', { statement: 'KILL CONNECTION_ID()' }),
  },
  {
    errno: 1927,
    what: 'a session that was killed after a row',
    shape: 'alone',
    class: 'unknown',
    upgrading: false,
    engine: 'mariadb',
    provoke: byStatement('alone', {
      arrange: [`CREATE PROCEDURE app.half() BEGIN ${insertRefused}; KILL CONNECTION_ID(); END`],
      undo: ['DROP PROCEDURE app.half'],
      statement: 'CALL half()',
    }),
    leaves: [refused],
  },
  ...inShapes(
    { errno: 1397, what: 'XA COMMIT of a branch that is gone', upgrading: false },
    { statement: "XA COMMIT 'nobody'" },
    { alone: 'unknown' },
  ),
  {
    errno: 1792,
    what: 'a write in a READ ONLY transaction',
    shape: 'transaction',
    class: 'statement-rejected',
    upgrading: false,
    provoke: byStatement('alone', {
      prelude: ['START TRANSACTION READ ONLY', 'SELECT * FROM app.t'],
    }),
  },
  ...inShapes(
    { errno: 1792, what: 'a session that is READ ONLY', upgrading: false },
    { prelude: ['SET SESSION TRANSACTION READ ONLY'] },
    { alone: 'rejected' },
  ),
  ...inShapes(
    { errno: 1969, what: 'max_statement_time', upgrading: false, engine: 'mariadb' },
    { statement: `SET STATEMENT max_statement_time = 0.1 FOR INSERT INTO t SELECT ${refused}, SLEEP(9)` },
    { alone: 'rejected', transaction: 'statement-rejected' },
  ),
  ...inShapes(
    { errno: 3024, what: 'max_execution_time', upgrading: false, engine: 'mysql' },
    {
      statement:
        'SELECT /*+ MAX_EXECUTION_TIME(30) */ COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c',
    },
    { transaction: 'statement-rejected' },
  ),
  {
    errno: 1412,
    what: 'a table altered under a snapshot',
    shape: 'transaction',
    class: 'statement-rejected',
    upgrading: false,
    provoke: async (lab) => {
      const session = await lab.session()
      await session.query('START TRANSACTION WITH CONSISTENT SNAPSHOT')
      await session.query('INSERT INTO calm.t (id) VALUES (1)')
      await lab.root('ALTER TABLE app.locked ENGINE = InnoDB')
      return { error: await thrownBy(session.query('SELECT * FROM locked')), session }
    },
  },
]

const largeRow = "INSERT INTO large VALUES (99, REPEAT('x', 200000))"
const shortages: readonly Trial[] = [
  {
    ...login(1040, {}),
    class: 'capacity',
    provoke: async (lab) => {
      await lab.root('SET GLOBAL max_connections = 10')
      const error = await thrownBy(Promise.all(Array.from({ length: 20 }, () => lab.session())))
      await lab.root('SET GLOBAL max_connections = 300')
      return { error }
    },
  },
  {
    ...login(1203, {}),
    class: 'capacity',
    provoke: async (lab) => {
      await lab.root('SET GLOBAL max_user_connections = 1')
      const usual = lab.engine === 'mysql' ? 0 : 200
      // An account of its own: sessions of the others may still be on their way out.
      const provoked = await limited(lab, 'MAX_QUERIES_PER_HOUR 0', async () => ({
        error: await thrownBy(lab.session('writer', { user: 'limited' })),
      }))
      await lab.root(`SET GLOBAL max_user_connections = ${usual}`)
      return provoked
    },
  },
  {
    ...login(1226, {}),
    class: 'capacity',
    provoke: (lab) =>
      limited(lab, 'MAX_USER_CONNECTIONS 1', async () => ({
        error: await thrownBy(lab.session('writer', { user: 'limited' })),
      })),
  },
  ...(['alone', 'transaction', 'commit'] as const).map((shape): Trial => ({
    errno: 1226,
    what: 'a limit of statements an hour',
    shape,
    class: shape === 'commit' ? 'statement-rejected' : 'capacity',
    upgrading: false,
    provoke: (lab) =>
      limited(lab, `MAX_QUERIES_PER_HOUR ${queriesBefore[shape]}`, async (session) => {
        if (shape === 'alone') await session.query('SELECT 1')
        else await begin(session)
        const statement = shape === 'commit' ? 'COMMIT' : insertRefused
        return { error: await thrownBy(session.query(statement)), session }
      }),
  })),
  ...inShapes(
    { errno: 1038, what: 'sort buffer too small', upgrading: false },
    {
      prelude: ['SET sort_buffer_size = 1024'],
      statement:
        'SELECT LENGTH(b) FROM (SELECT id, body AS b FROM large ORDER BY CONCAT(body, id) LIMIT 3) AS q',
    },
    { alone: 'capacity' },
  ),
  ...(['alone', 'transaction'] as const).map((shape): Trial => ({
    errno: 1114,
    what: 'a full table',
    shape,
    class: 'capacity',
    upgrading: false,
    provoke: async (lab) => {
      const session = await lab.session()
      await session.query('SET max_heap_table_size = 16384')
      await session.query('CREATE TEMPORARY TABLE full (id INT, c CHAR(200)) ENGINE = MEMORY')
      if (shape === 'transaction') await begin(session)
      return { error: await thrownBy(untilFull(session)), session }
    },
  })),
  {
    errno: 1197,
    what: 'max_binlog_cache_size',
    shape: 'transaction',
    class: 'statement-rejected',
    upgrading: false,
    provoke: async (lab) => {
      await lab.root('SET GLOBAL binlog_cache_size = 4096', 'SET GLOBAL max_binlog_cache_size = 4096')
      const session = await lab.session()
      await begin(session)
      const undo = (): Promise<unknown> =>
        lab.root(
          'SET GLOBAL max_binlog_cache_size = 18446744073709547520',
          'SET GLOBAL binlog_cache_size = 32768',
        )
      return { error: await thrownBy(session.query(largeRow)), session, undo }
    },
  },
]

async function untilFull(session: Connection): Promise<void> {
  for (let rows = 0; rows < 1000; rows += 1) await session.query("INSERT INTO full VALUES (1, 'x')")
}

const queriesBefore: Readonly<Record<string, number>> = { alone: 1, transaction: 2, commit: 2 }

/** As an account with a limit; its session has not sent anything yet. */
async function limited(
  lab: ErrorLab,
  limit: string,
  work: (session: Connection) => Promise<Provoked>,
): Promise<Provoked> {
  await lab.root(
    `CREATE USER limited@'%' IDENTIFIED BY '${password}' WITH ${limit}`,
    "GRANT ALL ON app.* TO limited@'%'",
    "GRANT ALL ON calm.* TO limited@'%'",
  )
  try {
    return await work(await lab.session('writer', { user: 'limited' }))
  } finally {
    await lab.root("DROP USER limited@'%'")
  }
}

/** Number, statement that runs into it, statements of the same session before it. */
const mistakes: readonly (readonly [errno: number, statement: string, prelude?: readonly string[]])[] = [
  [1146, 'INSERT INTO nowhere VALUES (1)'],
  [1054, 'UPDATE t SET nothing = 1'],
  [1064, 'INSRT INTO t VALUES (2)'],
  [1062, insertRefused, [insertRefused]],
  [1048, 'INSERT INTO t (id) VALUES (NULL)'],
  [1364, 'INSERT INTO t (v) VALUES (1)'],
  [1264, 'INSERT INTO t (id) VALUES (99999999999)'],
  [1136, 'INSERT INTO t VALUES (2)'],
  [1406, "INSERT INTO child VALUES (1, 1, 'far too long', 1)"],
  [1452, "INSERT INTO child VALUES (1, 99, 'a', 1)"],
  [1451, 'DELETE FROM parent WHERE id = 1'],
  [1305, 'CALL nowhere()'],
  [1418, 'CREATE FUNCTION f() RETURNS INT RETURN 1'],
  [1227, 'SET GLOBAL max_connections = 3'],
  [1099, insertRefused, ['LOCK TABLES t READ']],
  [1100, insertRefused, ['LOCK TABLES locked WRITE']],
  [1568, 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED', ['START TRANSACTION']],
  [1399, 'COMMIT', ["XA START 'open'"]],
  [1105, "SELECT UPDATEXML('<a/>', 'bad((', 1)"],
  [1356, 'SELECT * FROM broken'],
  [1449, 'CALL orphan()'],
]

const mistakeTables = [
  'CREATE TABLE IF NOT EXISTS app.parent (id INT PRIMARY KEY) ENGINE=InnoDB',
  'CREATE TABLE IF NOT EXISTS app.child (id INT PRIMARY KEY, p INT, s VARCHAR(3), n INT, FOREIGN KEY (p) REFERENCES app.parent (id), CHECK (n < 10)) ENGINE=InnoDB',
  "REPLACE INTO app.child VALUES (9, NULL, 'a', 1)",
  'INSERT IGNORE INTO app.parent VALUES (1)',
  "REPLACE INTO app.child VALUES (8, 1, 'a', 1)",
  'CREATE TABLE IF NOT EXISTS app.short_lived (id INT)',
  'CREATE OR REPLACE VIEW app.broken AS SELECT * FROM app.short_lived',
  'DROP TABLE app.short_lived',
  'DROP PROCEDURE IF EXISTS app.orphan',
  `CREATE DEFINER = nobody@'%' PROCEDURE app.orphan() ${insertRefused}`,
]

const bugs: readonly Trial[] = [
  ...mistakes.map(([errno, statement, prelude = []]) => mistake(errno, statement, prelude)),
  { ...mistake(3819, "INSERT INTO child VALUES (1, 1, 'a', 11)"), engine: 'mysql' },
  { ...mistake(4025, "INSERT INTO child VALUES (1, 1, 'a', 11)"), engine: 'mariadb' },
  {
    ...mistake(4031, 'CREATE TRIGGER later BEFORE INSERT ON t FOR EACH ROW FOLLOWS nobody SET @a = 1'),
    engine: 'mariadb',
    provoke: byStatement('alone', {
      user: 'owner',
      statement: 'CREATE TRIGGER later BEFORE INSERT ON t FOR EACH ROW FOLLOWS nobody SET @a = 1',
    }),
  },
  {
    ...mistake(1223, insertRefused),
    provoke: byStatement('alone', { user: 'owner', prelude: ['FLUSH TABLES WITH READ LOCK'] }),
  },
  {
    ...mistake(1665, insertRefused),
    provoke: byStatement('alone', {
      user: 'owner',
      prelude: [
        "SET SESSION binlog_format = 'STATEMENT'",
        'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
      ],
    }),
  },
  { ...login(1862, {}), class: 'bug', provoke: (lab) => expired(lab, false) },
  { ...mistake(1820, insertRefused), provoke: (lab) => expired(lab, true) },
]

function mistake(errno: number, statement: string, prelude: readonly string[] = []): Trial {
  const arrangement = { arrange: mistakeTables, statement, prelude }
  return {
    errno,
    what: statement.slice(0, 60),
    shape: 'alone',
    class: 'bug',
    upgrading: false,
    provoke: async (lab) => {
      await lab.root(...arrangement.arrange)
      return byStatement('alone', { statement, prelude })(lab)
    },
  }
}

/** @param lenient the client says that it can handle an expired password. */
async function expired(lab: ErrorLab, lenient: boolean): Promise<Provoked> {
  if (lab.engine === 'mariadb') await lab.root('SET GLOBAL disconnect_on_expired_password = 1')
  await lab.root(
    `CREATE USER late@'%' IDENTIFIED BY '${password}' PASSWORD EXPIRE`,
    "GRANT ALL ON app.* TO late@'%'",
  )
  try {
    if (!lenient) return { error: await thrownBy(lab.session('writer', { user: 'late' })) }
    const session = await lab.session('writer', { user: 'late', flags: ['CAN_HANDLE_EXPIRED_PASSWORDS'] })
    return { error: await thrownBy(session.query(insertRefused)), session }
  } finally {
    await lab.root("DROP USER late@'%'")
  }
}

/** On a server as it runs always. */
export const ordinaryTrials: readonly Trial[] = [
  ...refusals,
  ...logins,
  ...locks,
  ...cutShort,
  ...shortages,
  ...bugs,
]

/** After a start with innodb_read_only. */
export const readOnlyTrials: readonly Trial[] = [
  readOnlyEngine('mariadb', 1036, insertRefused),
  readOnlyEngine('mariadb', 1036, 'TRUNCATE t'),
  readOnlyEngine('mariadb', 1005, 'CREATE TABLE fresh (id INT) ENGINE=InnoDB'),
  readOnlyEngine('mysql', 1015, insertRefused),
  readOnlyEngine('mysql', 1015, 'UPDATE t SET v = 2'),
  readOnlyEngine('mysql', 1036, 'TRUNCATE t'),
  readOnlyEngine('mysql', 1836, 'CREATE TABLE fresh (id INT) ENGINE=InnoDB'),
]

function readOnlyEngine(engine: ServerEngine, errno: number, statement: string): Trial {
  const shape: Shape = 'alone'
  const provoke = byStatement(shape, { statement })
  return { errno, what: statement, shape, class: 'rejected', upgrading: true, engine, provoke }
}

/** As the only member of a group (MySQL), or of a Galera cluster (MariaDB). */
export const clusterTrials: readonly Trial[] = [
  ...(['alone', 'commit'] as const).map((shape): Trial => ({
    errno: 3100,
    what: 'the group refuses a transaction that is too large',
    shape,
    class: 'rejected-and-rolled-back',
    upgrading: true,
    engine: 'mysql',
    provoke: async (lab) => {
      await lab.root('SET GLOBAL group_replication_transaction_size_limit = 1000')
      const session = await lab.session()
      if (shape === 'commit') {
        await begin(session)
        await session.query(largeRow)
      }
      const error = await thrownBy(session.query(shape === 'commit' ? 'COMMIT' : largeRow))
      await lab.root('SET GLOBAL group_replication_transaction_size_limit = 150000000')
      return { error, session }
    },
  })),
  {
    ...mistake(3231, 'a write set that is too large'),
    engine: 'mysql',
    provoke: byStatement('alone', {
      arrange: ['SET GLOBAL group_replication_transaction_size_limit = 1000'],
      undo: ['SET GLOBAL group_replication_transaction_size_limit = 150000000'],
      statement: `INSERT INTO t (id) VALUES ${Array.from({ length: 3000 }, (_, i) => `(${i + refused})`).join()}`,
    }),
  },
  {
    ...mistake(3098, 'INSERT INTO keyless VALUES (1)'),
    engine: 'mysql',
    provoke: byStatement('alone', {
      arrange: ['CREATE TABLE app.keyless (id INT)'],
      undo: ['DROP TABLE app.keyless'],
      statement: 'INSERT INTO keyless VALUES (1)',
    }),
  },
  ...inShapes(
    { errno: 1047, what: 'the node refuses statements', upgrading: false, engine: 'mariadb' },
    {
      arrange: ['SET GLOBAL wsrep_reject_queries = ALL'],
      undo: ['SET GLOBAL wsrep_reject_queries = NONE'],
    },
    { alone: 'capacity', prepared: 'capacity', transaction: 'capacity', commit: 'unknown' },
  ),
]
