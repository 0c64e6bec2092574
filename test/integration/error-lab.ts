import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection, type Connection, type ConnectionOptions, type RowDataPacket } from 'mysql2/promise'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'

export const password = 'Pass-word.1'

/** One real server, on which errors are provoked. Fences and faults go onto schema `app`; `calm` is left alone. */
export interface ErrorLab extends AsyncDisposable {
  readonly engine: ServerEngine
  readonly running: RunningDatabase
  /** Runs statements as root and gives the rows of the last one. */
  root(...statements: readonly string[]): Promise<readonly RowDataPacket[]>
  /** A session of an account, in schema `app`; ended by `tidy`. */
  session(user?: Account, options?: ConnectionOptions): Promise<Connection>
  /** Rows of both tables, by id. */
  ids(): Promise<readonly number[]>
  /** Does the storage engine list a transaction of this session? It looks afresh ten times a second only. */
  hasTransaction(threadId: number): Promise<boolean>
  /** Has the server still got this session? */
  hasSession(threadId: number): Promise<boolean>
  /** Is it executing a statement? */
  isBusy(threadId: number): Promise<boolean>
  /** Ends the sessions that were opened and empties the tables. */
  tidy(): Promise<void>
  /** Starts the server again on its data, with further options. */
  restart(...options: readonly string[]): Promise<void>
}

/** `writer` may write everywhere, `reader` only in `calm`, `owner` may do anything. */
export type Account = 'writer' | 'reader' | 'owner'

const schema = [
  'CREATE DATABASE app',
  'CREATE DATABASE calm',
  'CREATE TABLE app.t (id INT PRIMARY KEY, v INT NOT NULL DEFAULT 0) ENGINE=InnoDB',
  'CREATE TABLE calm.t (id INT PRIMARY KEY) ENGINE=InnoDB',
  'CREATE TABLE app.locked (id INT PRIMARY KEY, v INT NOT NULL DEFAULT 0) ENGINE=InnoDB',
  'INSERT INTO app.locked VALUES (1, 0), (2, 0)',
  'CREATE TABLE app.large (id INT PRIMARY KEY, body LONGTEXT) ENGINE=InnoDB',
  "INSERT INTO app.large SELECT a.id * 10 + b.id, REPEAT('x', 200000) FROM app.locked AS a, app.locked AS b",
  'CREATE PROCEDURE app.add_one(IN one INT) INSERT INTO app.t (id) VALUES (one)',
  ...['writer', 'reader', 'owner'].map((user) => `CREATE USER ${user}@'%' IDENTIFIED BY '${password}'`),
  "GRANT ALL ON app.* TO writer@'%'",
  "GRANT ALL ON calm.* TO writer@'%'",
  "GRANT SELECT ON app.* TO reader@'%'",
  "GRANT ALL ON calm.* TO reader@'%'",
  "GRANT ALL ON *.* TO owner@'%'",
]

export async function openErrorLab(engine: ServerEngine): Promise<ErrorLab> {
  const lab = new RealErrorLab(engine)
  await lab.open()
  return lab
}

class RealErrorLab implements ErrorLab {
  readonly engine: ServerEngine
  readonly #extra: string[] = ['--secure-file-priv=/tmp']
  readonly #sessions: Connection[] = []
  #running: RunningDatabase | undefined
  #root: Connection | undefined

  constructor(engine: ServerEngine) {
    this.engine = engine
    // The server takes a limit of sessions per account only when it began with one.
    if (engine === 'mariadb') this.#extra.push('--max-user-connections=200')
  }

  get running(): RunningDatabase {
    if (this.#running === undefined) throw new Error('not open')
    return this.#running
  }

  async open(): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), 'cutover-err-'))
    this.#running = await startDatabase({ engine: this.engine, directory, serverId: 7, extra: this.#extra })
    await this.root(...schema)
  }

  async root(...statements: readonly string[]): Promise<readonly RowDataPacket[]> {
    this.#root ??= await this.running.root()
    let rows: RowDataPacket[] = []
    for (const statement of statements) [rows] = await this.#root.query<RowDataPacket[]>(statement)
    return rows
  }

  async session(user: Account = 'writer', options: ConnectionOptions = {}): Promise<Connection> {
    const { host, port } = this.running
    const connection = await createConnection({ host, port, user, password, database: 'app', ...options })
    connection.on('error', () => undefined)
    this.#sessions.push(connection)
    return connection
  }

  async ids(): Promise<readonly number[]> {
    const rows = await this.root('SELECT id FROM app.t UNION ALL SELECT id FROM calm.t ORDER BY id')
    return rows.map((row) => Number(row['id']))
  }

  async hasTransaction(threadId: number): Promise<boolean> {
    const rows = await this.root(
      `SELECT COUNT(*) AS n FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = ${threadId}`,
    )
    return Number(rows[0]?.['n']) > 0
  }

  hasSession(threadId: number): Promise<boolean> {
    return this.#isListed(`id = ${threadId}`)
  }

  isBusy(threadId: number): Promise<boolean> {
    return this.#isListed(`id = ${threadId} AND command = 'Query' AND state LIKE '%sleep%'`)
  }

  async #isListed(condition: string): Promise<boolean> {
    const rows = await this.root(
      `SELECT COUNT(*) AS n FROM information_schema.processlist WHERE ${condition}`,
    )
    return Number(rows[0]?.['n']) > 0
  }

  async tidy(): Promise<void> {
    for (const session of this.#sessions.splice(0)) session.destroy()
    await this.root('DELETE FROM app.t', 'DELETE FROM calm.t')
  }

  async restart(...options: readonly string[]): Promise<void> {
    for (const session of this.#sessions.splice(0)) session.destroy()
    this.#root?.destroy()
    this.#root = undefined
    await this.running.stop()
    this.#extra.splice(this.engine === 'mariadb' ? 2 : 1, Infinity, ...options)
    await this.running.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    this.#root?.destroy()
    await this.#running?.[Symbol.asyncDispose]()
  }
}

/** A connection from an address of this machine that no account is for. */
export function fromElsewhere({ host, port }: RunningDatabase): ConnectionOptions {
  return { stream: () => connect({ host, port, localAddress: '127.0.0.2' }) }
}

/** What a promise was rejected with. */
export async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
