import type { AccountName, TableSet } from '../refs.ts'
import type { Secret } from '../secret.ts'
import type { ReleaseKey, WriteRelease } from '../write-release.ts'

export interface ServerIdentity {
  readonly flavour: 'mysql' | 'mariadb'
  readonly version: string
  /** Different on every server, the same after a restart. */
  readonly serverUuid: string
  readonly host: string
  readonly port: number
}

/** Settings that change what a statement means; compared between source and target. */
export interface ServerSettings {
  readonly sqlMode: string
  readonly timeZone: string
  readonly systemTimeZone: string
  readonly characterSet: string
  readonly collation: string
  readonly lowerCaseTableNames: number
  readonly maxAllowedPacket: number
  readonly maxConnections: number
  readonly gtid: boolean
  readonly binlogFormat: string
  readonly readOnly: ReadOnlyState
}

export interface ReadOnlyState {
  readonly readOnly: boolean
  /** Always false on MariaDB, which has no such setting. */
  readonly superReadOnly: boolean
}

export interface TableDefinition {
  readonly schema: string
  readonly table: string
  readonly engine: string
  readonly collation: string
  /** One normalised line per column, in order: name, type, nullability, default, extra. */
  readonly columns: readonly string[]
  readonly primaryKey: readonly string[]
  /** Unique and foreign keys, one normalised line each without their names, sorted. */
  readonly constraints: readonly string[]
  readonly triggers: readonly string[]
}

/** A server's log position; opaque text of one flavour. */
export interface Position {
  readonly flavour: 'mysql' | 'mariadb'
  readonly gtid: string
}

export interface AccountState {
  readonly account: AccountName
  readonly locked: boolean
  /** Every line of SHOW GRANTS, sorted, password hashes removed. */
  readonly grants: readonly string[]
}

export interface Grant {
  /** Upper case: SELECT, INSERT … */
  readonly privileges: readonly string[]
  readonly on: TableSet
}

export interface Session {
  readonly id: number
  readonly user: string
  /** Client host without its port. */
  readonly host: string
  readonly schema: string | null
  /** Sleep, Query, Binlog Dump … */
  readonly command: string
  /** Seconds in its present state. */
  readonly seconds: number
  readonly state: string
  /** `program_name` or the connector's name when the server knows it. */
  readonly program: string | null
}

export interface OpenTransaction {
  /** 0: a prepared XA transaction without a session. */
  readonly sessionId: number
  readonly rowsModified: number
  readonly seconds: number
  /** The XA id when it is prepared. */
  readonly xid?: string
}

/** What makes the database refuse a service's writes. */
export type FenceSpec =
  | {
      readonly kind: 'account'
      readonly accounts: readonly AccountName[]
      readonly tables: readonly TableSet[]
    }
  | { readonly kind: 'schema'; readonly schemas: readonly string[] }
  | { readonly kind: 'instance' }

/** The before-image of a fence, plain JSON, no secrets. */
export type FenceImage =
  | { readonly kind: 'account'; readonly accounts: readonly AccountState[] }
  | { readonly kind: 'schema'; readonly schemas: readonly SchemaState[] }
  | { readonly kind: 'instance'; readonly readOnly: boolean; readonly superReadOnly: boolean }

export interface SchemaState {
  readonly schema: string
  readonly readOnly: boolean
}

/** One look at a fence. */
export interface FenceLook {
  readonly up: boolean
  readonly why: string
  /** Read after the fence's state. */
  readonly position: Position
  /** Of the first look of this process at which it was up. Behind an instance fence nothing may have moved it since. */
  readonly firstPosition: Position
}

/** The proof of design §5.3: every part must be true at once. */
export interface Silence {
  readonly silent: boolean
  /** Why not, one line per finding: a session, a transaction, a moved counter, an accepted write. */
  readonly findings: readonly string[]
  /** True: something may have been written since an earlier proof behind the same fence, so waiting cannot help. */
  readonly lasting?: true
  readonly evidence: string
  /** Read after all other parts. */
  readonly position: Position
}

export interface Credentials {
  readonly user: string
  readonly password: Secret
}

/**
 * A MySQL or MariaDB server as the runner sees it. Errors: `system.unreachable`, `system.unauthenticated`,
 * `system.forbidden` (naming the missing privilege), `system.unsupported`, `system.refused`; never SQL text.
 */
export interface DatabaseServer extends AsyncDisposable {
  readonly name: string
  /** `host:port` as services reach it. */
  readonly serviceAddress: { readonly host: string; readonly port: number }

  identity(signal: AbortSignal): Promise<ServerIdentity>
  settings(signal: AbortSignal): Promise<ServerSettings>
  tables(set: TableSet, signal: AbortSignal): Promise<readonly TableDefinition[]>
  /** Does a row with these column values exist? */
  rowExists(
    at: {
      readonly schema: string
      readonly table: string
      readonly where: Readonly<Record<string, string | number>>
    },
    signal: AbortSignal,
  ): Promise<boolean>

  /** null: no such account. */
  account(name: AccountName, signal: AbortSignal): Promise<AccountState | null>
  createAccount(name: AccountName, password: Secret, signal: AbortSignal): Promise<void>
  dropAccount(name: AccountName, signal: AbortSignal): Promise<void>
  setPassword(name: AccountName, password: Secret, signal: AbortSignal): Promise<void>
  grant(name: AccountName, grants: readonly Grant[], signal: AbortSignal): Promise<void>
  /** Revokes what is there of it; what is not granted is fine. */
  revoke(name: AccountName, grants: readonly Grant[], signal: AbortSignal): Promise<void>
  /** Which of the wanted privileges the account lacks, at any level it may have them. */
  missingGrants(name: AccountName, wanted: readonly Grant[], signal: AbortSignal): Promise<readonly Grant[]>
  /** Write privileges (and their source: schema, table, global) that the account has on the tables. */
  writeGrants(name: AccountName, tables: readonly TableSet[], signal: AbortSignal): Promise<readonly string[]>
  /** Rights of the image that its account lacks now, one statement each. */
  missingRights(image: AccountState, signal: AbortSignal): Promise<readonly string[]>
  /** Gives the account those rights. It keeps what it was given since. @throws `conflict` when it is gone. */
  giveBack(image: AccountState, signal: AbortSignal): Promise<void>
  /** Makes SHOW GRANTS of the account equal to the image again. */
  restoreAccount(image: AccountState, signal: AbortSignal): Promise<void>
  /** Opens a session as the account and closes it again. */
  canLogIn(credentials: Credentials, schema: string | undefined, signal: AbortSignal): Promise<LoginResult>

  /** All sessions but the runner's own. @throws `system.forbidden` when the runner would not see other users. */
  sessions(signal: AbortSignal): Promise<readonly Session[]>
  endSession(id: number, signal: AbortSignal): Promise<void>
  openTransactions(signal: AbortSignal): Promise<readonly OpenTransaction[]>

  /** Everything this server has committed to its log. */
  position(signal: AbortSignal): Promise<Position>

  observeFence(spec: FenceSpec, signal: AbortSignal): Promise<FenceImage>
  /** Raises the fence and ends older sessions that could still write through it. Safe to repeat. */
  raiseFence(spec: FenceSpec, signal: AbortSignal): Promise<void>
  /** Restores the before-image. Safe to repeat. */
  lowerFence(spec: FenceSpec, image: FenceImage, signal: AbortSignal): Promise<void>
  /** A process that did not raise an account fence itself answers no: raising it again is safe and settles it. */
  fenceIsUp(spec: FenceSpec, signal: AbortSignal): Promise<FenceLook>
  /**
   * Takes two samples, and between them tries a write with each of the service's own credentials, where given.
   * @param samplesMs time between the samples.
   */
  proveSilence(
    spec: FenceSpec,
    options: {
      readonly samplesMs: number
      readonly tables: readonly TableSet[]
      readonly credentials?: readonly Credentials[]
    },
    signal: AbortSignal,
  ): Promise<Silence>

  /**
   * Makes the table of releases where it is missing, and lets the accounts read it. Kept out of the log where the server
   * lets the kit do so. @throws `system.refused` when one of the accounts does not exist.
   */
  prepareReleases(readers: readonly AccountName[], signal: AbortSignal): Promise<void>
  /** The accounts that may not read the table of releases or do not exist; all of them when there is no table. */
  missingReleaseReaders(readers: readonly AccountName[], signal: AbortSignal): Promise<readonly AccountName[]>
  /** Takes the right to read the table of releases back. The table stays. */
  forgetReleaseReaders(readers: readonly AccountName[], signal: AbortSignal): Promise<void>
  /** null: this run has not let the service write here. */
  writeRelease(of: ReleaseKey, signal: AbortSignal): Promise<WriteRelease | null>
  /** From here on the service's processes may see it. Of an earlier one of the same run only the epoch rises. */
  release(release: WriteRelease, signal: AbortSignal): Promise<void>
  /** Takes it back. Nothing happens when there is none. */
  withdrawRelease(of: ReleaseKey, signal: AbortSignal): Promise<void>
}

export type LoginResult = { readonly ok: true } | { readonly ok: false; readonly reason: string }
