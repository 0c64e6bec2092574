import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import { CutoverError } from '../../src/core/errors.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'

const password = 'Fuzz-word.1'
const answerWithinMs = 8000

/** What the statements of the fuzz may call, and what of it writes. */
export const writeFunctions: ReadonlySet<string> = new Set(['f'])

/** A throw-away server with a schema to play in, whose user may do everything. */
export interface FuzzStage extends AsyncDisposable {
  readonly engine: ServerEngine
  /** Looks, as root, without changing anything. */
  look(sql: string): Promise<readonly RowDataPacket[]>
  /** A new session of the user in the schema. Several statements in one text are allowed, as some services do. */
  session(): Promise<Connection>
  /** A path on the server at which there is nothing yet. */
  freeFile(): string
  /** Names of the files that statements have written. */
  files(): Promise<readonly string[]>
  /** Makes the schema as it was, and removes the files. Starts the server when it has ended. */
  rebuild(): Promise<void>
}

export async function openFuzzStage(engine: ServerEngine): Promise<FuzzStage> {
  const directory = await mkdtemp(join(tmpdir(), 'cutover-fuzz-'))
  const server = await startDatabase({ engine, directory, serverId: 5 })
  let root = await server.root()
  const files = join(directory, 'files')
  await mkdir(files, { mode: 0o777 })
  let number = 0
  const run = async (statements: readonly string[]): Promise<void> => {
    for (const sql of statements) await root.query({ sql, timeout: answerWithinMs })
  }
  await run(accounts)
  const stage: FuzzStage = {
    engine,
    async look(sql) {
      const [rows] = await root.query<RowDataPacket[]>({ sql, timeout: answerWithinMs })
      return rows
    },
    async session() {
      const session = await createConnection({
        socketPath: server.socket,
        user: 'fuzz',
        password,
        database: 'fuzz',
        multipleStatements: true,
      })
      session.on('error', () => undefined)
      return session
    },
    freeFile() {
      number += 1
      return join(files, `f${number}`)
    },
    files: () => readdir(files),
    async rebuild() {
      // Servers have crashed over a statement.
      if (server.pid === undefined) {
        await server.start()
        root = await server.root()
      }
      for (const name of await readdir(files)) await rm(join(files, name))
      await run(schema(engine))
    },
    async [Symbol.asyncDispose]() {
      root.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
  try {
    await stage.rebuild()
  } catch (error) {
    await stage[Symbol.asyncDispose]()
    throw new CutoverError('usage', `the schema of the fuzz was refused: ${(error as Error).message}`)
  }
  return stage
}

const accounts = [
  `CREATE USER fuzz@localhost IDENTIFIED BY '${password}'`,
  'GRANT ALL ON *.* TO fuzz@localhost WITH GRANT OPTION',
  "CREATE USER other@localhost IDENTIFIED BY 'x'",
]

function schema(engine: ServerEngine): readonly string[] {
  return [
    'DROP DATABASE IF EXISTS fuzz',
    'DROP DATABASE IF EXISTS fuzz2',
    'CREATE DATABASE fuzz',
    'USE fuzz',
    'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40), `update` INT)',
    "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)",
    'CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(200))',
    'CREATE TABLE marker (id INT PRIMARY KEY)',
    engine === 'mariadb' ? 'CREATE SEQUENCE s NOCACHE' : 'CREATE TABLE s (a INT)',
    "CREATE FUNCTION f() RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO log (v) VALUES ('f'); RETURN 1; END",
    'CREATE FUNCTION g() RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM t)',
    "CREATE PROCEDURE p() BEGIN INSERT INTO log (v) VALUES ('p'); SET @p = 1; END",
  ]
}
