import type { ColumnType } from './column-type.ts'

/**
 * What Prisma 7 asks of a driver adapter, by its shape: the kit loads no package of Prisma's. A type test holds it
 * against the interface that Prisma declares.
 */
export interface DriverAdapterFactory extends AdapterInfo {
  connect(): Promise<DriverAdapter>
}

/** What one client of Prisma's works with until it disconnects. */
export interface DriverAdapter extends Queryable {
  /** Several statements in one text; the pool must have been opened with `multipleStatements`. */
  executeScript(script: string): Promise<void>
  /** Waits at the gate until it may begin. */
  startTransaction(isolationLevel?: IsolationLevel): Promise<Transaction>
  getConnectionInfo(): ConnectionInfo
  dispose(): Promise<void>
}

/** An open transaction. Its methods reject with an `AdapterError`, as all of the adapter's do. */
export interface Transaction extends Queryable {
  /** `usePhantomQuery`: COMMIT and ROLLBACK are sent by the methods, not as statements by Prisma. */
  readonly options: { readonly usePhantomQuery: boolean }
  commit(): Promise<void>
  rollback(): Promise<void>
  createSavepoint(name: string): Promise<void>
  rollbackToSavepoint(name: string): Promise<void>
  releaseSavepoint(name: string): Promise<void>
}

/** What runs statements. */
export interface Queryable extends AdapterInfo {
  /** Runs one statement and gives its rows. */
  queryRaw(query: SqlQuery): Promise<ResultSet>
  /** Runs one statement and gives how many rows it matched. */
  executeRaw(query: SqlQuery): Promise<number>
}

/** By what Prisma tells adapters apart. */
export interface AdapterInfo {
  readonly provider: 'mysql'
  readonly adapterName: string
}

/** A statement with a `?` for each value, and what kind of value Prisma means by each. */
export interface SqlQuery {
  sql: string
  args: unknown[]
  argTypes: ArgType[]
}

/** What Prisma knows of a value. */
export interface ArgType {
  /** `string`, `int`, `bigint`, `float`, `decimal`, `boolean`, `enum`, `uuid`, `json`, `datetime`, `bytes`, `unknown`. */
  scalarType: string
  /** The column's type in the database, such as `DATE`, where Prisma knows it. */
  dbType?: string
  arity: 'scalar' | 'list'
}

/** Rows as lists of values, in the order of the columns. */
export interface ResultSet {
  columnNames: string[]
  columnTypes: ColumnType[]
  rows: unknown[][]
  /** The number an INSERT made; '0' when it made none, undefined for rows. */
  lastInsertId?: string
}

/** All that Prisma knows; `SNAPSHOT` neither MySQL nor MariaDB has. */
export type IsolationLevel =
  | 'READ UNCOMMITTED'
  | 'READ COMMITTED'
  | 'REPEATABLE READ'
  | 'SNAPSHOT'
  | 'SERIALIZABLE'

/** What the compiler of statements asks of the server. */
export interface ConnectionInfo {
  /** May the compiler write LATERAL joins? */
  supportsRelationJoins: boolean
}
