import { CutoverError } from '../../src/core/errors.ts'
import type {
  AccountState,
  DatabaseServer,
  FenceImage,
  FenceSpec,
  Grant,
  OpenTransaction,
  ServerSettings,
  Session,
  TableDefinition,
} from '../../src/core/ports/database-server.ts'
import type { ReleaseKey, WriteRelease } from '../../src/core/write-release.ts'
import { formatAccountName, type AccountName, type TableSet } from '../../src/core/refs.ts'

/** An account inside the fake; grants are lines such as `SELECT ON orders.*`. */
export interface FakeAccount {
  readonly name: AccountName
  password: string
  locked: boolean
  grants: string[]
}

/** What a fake server holds. Tests read and change it directly. */
export interface FakeDatabaseState {
  readonly name: string
  readonly serverUuid: string
  readonly address: { readonly host: string; readonly port: number }
  settings: ServerSettings
  accounts: Map<string, FakeAccount>
  sessions: Session[]
  nextSession: number
  transactions: OpenTransaction[]
  tables: TableDefinition[]
  /** Keys of rows per `schema.table`, by the column that identifies them. */
  rows: Map<string, Record<string, string | number>[]>
  position: number
  /** Schemas that refuse writes. */
  readOnlySchemas: Set<string>
  releases: WriteRelease[]
  hasReleaseTable: boolean
  /** What a proof of silence finds after an earlier one held. */
  writtenSinceProof: boolean
}

const writes = ['INSERT', 'UPDATE', 'DELETE']

export function createDatabaseState(name: string, port: number): FakeDatabaseState {
  return {
    name,
    serverUuid: `uuid-of-${name}`,
    address: { host: '10.0.0.1', port },
    settings: {
      sqlMode: 'STRICT_TRANS_TABLES,NO_ZERO_DATE',
      timeZone: 'SYSTEM',
      systemTimeZone: 'UTC',
      characterSet: 'utf8mb4',
      collation: 'utf8mb4_general_ci',
      lowerCaseTableNames: 0,
      maxAllowedPacket: 67_108_864,
      maxConnections: 151,
      gtid: true,
      binlogFormat: 'ROW',
      readOnly: { readOnly: false, superReadOnly: false },
    },
    accounts: new Map(),
    sessions: [],
    nextSession: 1,
    transactions: [],
    tables: [defineTable('orders', 'orders'), defineTable('orders', 'items')],
    rows: new Map([['orders.orders', []]]),
    position: 100,
    readOnlySchemas: new Set(),
    releases: [],
    hasReleaseTable: false,
    writtenSinceProof: false,
  }
}

export function defineTable(schema: string, table: string): TableDefinition {
  return {
    schema,
    table,
    engine: 'InnoDB',
    collation: 'utf8mb4_general_ci',
    columns: ['id varchar(64) not null', 'customer varchar(100) not null'],
    primaryKey: ['id'],
    constraints: ['unique (customer)'],
    triggers: [],
  }
}

export function addAccount(state: FakeDatabaseState, user: string, password: string, grants: string[]): void {
  const name = { user, host: '%' }
  state.accounts.set(keyOf(name), { name, password, locked: false, grants: [...grants].sort() })
}

export function addSession(state: FakeDatabaseState, user: string, more: Partial<Session> = {}): number {
  const id = state.nextSession
  state.nextSession += 1
  const usual = {
    host: '10.0.1.7',
    schema: 'orders',
    command: 'Sleep',
    seconds: 3,
    state: '',
    program: 'mysql2',
  }
  state.sessions.push({ id, user, ...usual, ...more })
  return id
}

/** The right to read the table of releases, as a line of the fake's grants. */
export const mayReadReleases = 'SELECT ON cutover_kit.write_release'

/** The release of a service by a run, if there is one. */
export function releaseOf(
  state: FakeDatabaseState,
  { service, runId }: ReleaseKey,
): WriteRelease | undefined {
  return state.releases.find((one) => one.service === service && one.runId === runId)
}

/** May the account write this table? The application of the fake fleet asks before it writes. */
export function mayWrite(state: FakeDatabaseState, user: string, schema: string, table: string): boolean {
  if (state.settings.readOnly.readOnly || state.readOnlySchemas.has(schema)) return false
  const account = state.accounts.get(keyOf({ user, host: '%' }))
  return account !== undefined && !account.locked && covers(account.grants, 'INSERT', schema, table)
}

export function keyOf(name: AccountName): string {
  return `${name.user}@${name.host}`
}

function covers(grants: readonly string[], privilege: string, schema: string, table: string): boolean {
  return ['*.*', `${schema}.*`, `${schema}.${table}`].some((on) => grants.includes(`${privilege} ON ${on}`))
}

function expand(set: TableSet): readonly string[] {
  return (set.tables ?? ['*']).map((table) => `${set.schema}.${table}`)
}

function overlaps(line: string, set: TableSet): boolean {
  const on = line.split(' ON ')[1] ?? ''
  if (on === '*.*' || on === `${set.schema}.*`) return true
  return set.tables ? expand(set).includes(on) : on.startsWith(`${set.schema}.`)
}

function isWrite(line: string): boolean {
  return writes.some((privilege) => line.startsWith(`${privilege} ON `))
}

function refused(state: FakeDatabaseState, message: string): CutoverError {
  return new CutoverError('system.refused', message, { where: state.name })
}

/** A server in memory that keeps the port's promises: accounts, grants, sessions and fences act on each other. */
export function createFakeDatabaseServer(state: FakeDatabaseState): DatabaseServer {
  const get = (name: AccountName): FakeAccount => {
    const account = state.accounts.get(keyOf(name))
    if (!account) throw refused(state, `no account ${formatAccountName(name)} on ${state.name}`)
    return account
  }
  const imageOf = (account: FakeAccount): AccountState => ({
    account: { ...account.name },
    locked: account.locked,
    grants: [...account.grants].sort(),
  })
  const writeLines = (name: AccountName, tables: readonly TableSet[]): string[] =>
    get(name).grants.filter((line) => isWrite(line) && tables.some((set) => overlaps(line, set)))

  return {
    name: state.name,
    serviceAddress: state.address,
    [Symbol.asyncDispose]: async () => undefined,
    identity: async () => ({
      flavour: 'mariadb',
      version: '10.11.0',
      serverUuid: state.serverUuid,
      ...state.address,
    }),
    settings: async () => structuredClone(state.settings),
    tables: async (set) =>
      structuredClone(
        state.tables.filter(
          (table) => table.schema === set.schema && (!set.tables || set.tables.includes(table.table)),
        ),
      ),
    rowExists: async ({ schema, table, where }) =>
      (state.rows.get(`${schema}.${table}`) ?? []).some((row) =>
        Object.entries(where).every(([column, value]) => row[column] === value),
      ),

    account: async (name) => {
      const account = state.accounts.get(keyOf(name))
      return account ? imageOf(account) : null
    },
    createAccount: async (name, password) => {
      if (state.accounts.has(keyOf(name))) throw refused(state, `${formatAccountName(name)} exists already`)
      const account = { name: { ...name }, password: password.reveal(), locked: false, grants: [] }
      state.accounts.set(keyOf(name), account)
    },
    dropAccount: async (name) => {
      get(name)
      state.accounts.delete(keyOf(name))
    },
    setPassword: async (name, password) => {
      get(name).password = password.reveal()
    },
    grant: async (name, grants) => {
      const account = get(name)
      const lines = grants.flatMap(linesOf)
      account.grants = [...new Set([...account.grants, ...lines])].sort()
    },
    revoke: async (name, grants) => {
      const account = get(name)
      const lines = new Set(grants.flatMap(linesOf))
      account.grants = account.grants.filter((line) => !lines.has(line))
    },
    missingGrants: async (name, wanted) => {
      const { grants } = get(name)
      const lacks = (privilege: string, on: TableSet): boolean =>
        (on.tables ?? ['*']).some((table) => !covers(grants, privilege, on.schema, table))
      return wanted
        .map(({ privileges, on }) => ({ privileges: privileges.filter((one) => lacks(one, on)), on }))
        .filter(({ privileges }) => privileges.length > 0)
    },
    writeGrants: async (name, tables) => writeLines(name, tables),
    missingRights: async (image) => {
      const { grants } = get(image.account)
      return image.grants.filter((line) => !grants.includes(line))
    },
    giveBack: async (image) => {
      const account = get(image.account)
      account.grants = [...new Set([...account.grants, ...image.grants])].sort()
    },
    restoreAccount: async (image) => {
      const account = get(image.account)
      account.grants = [...image.grants]
      account.locked = image.locked
    },
    canLogIn: async ({ user, password }, schema) => {
      const account = state.accounts.get(keyOf({ user, host: '%' }))
      if (!account || account.password !== password.reveal()) return { ok: false, reason: 'access denied' }
      if (account.locked) return { ok: false, reason: 'account is locked' }
      const reaches =
        schema === undefined ||
        account.grants.some((line) => / ON \*\./.test(line) || line.includes(` ON ${schema}.`))
      return reaches ? { ok: true } : { ok: false, reason: `no right on schema ${schema}` }
    },

    sessions: async () => structuredClone(state.sessions),
    endSession: async (id) => {
      state.sessions = state.sessions.filter((session) => session.id !== id)
    },
    openTransactions: async () => structuredClone(state.transactions),
    position: async () => ({ flavour: 'mariadb', gtid: `0-1-${state.position}` }),

    observeFence: async (spec): Promise<FenceImage> => {
      if (spec.kind === 'instance') return { kind: 'instance', ...state.settings.readOnly }
      if (spec.kind === 'account')
        return { kind: 'account', accounts: spec.accounts.map((name) => imageOf(get(name))) }
      const readOnly = (schema: string): boolean => state.readOnlySchemas.has(schema)
      return {
        kind: 'schema',
        schemas: spec.schemas.map((schema) => ({ schema, readOnly: readOnly(schema) })),
      }
    },
    raiseFence: async (spec) => {
      if (spec.kind === 'instance') return setReadOnly(state, true, false)
      if (spec.kind === 'schema') {
        for (const schema of spec.schemas) state.readOnlySchemas.add(schema)
        return
      }
      for (const name of spec.accounts) {
        const lines = new Set(writeLines(name, spec.tables))
        get(name).grants = get(name).grants.filter((line) => !lines.has(line))
      }
      state.sessions = state.sessions.filter((session) => !couldWrite(spec, session))
    },
    lowerFence: async (_spec, image) => {
      if (image.kind === 'instance') return setReadOnly(state, image.readOnly, image.superReadOnly)
      if (image.kind === 'schema') {
        for (const { schema, readOnly } of image.schemas) {
          if (readOnly) state.readOnlySchemas.add(schema)
          else state.readOnlySchemas.delete(schema)
        }
        return
      }
      for (const { account, grants } of image.accounts) get(account).grants = [...grants]
    },
    fenceIsUp: async (spec) => {
      const position = { flavour: 'mariadb' as const, gtid: `0-1-${state.position}` }
      return { ...fenceIsUp(spec), position, firstPosition: position }
    },
    proveSilence: async (spec, { credentials = [] }) => {
      const fence = fenceIsUp(spec)
      const findings = fence.up ? [] : [fence.why]
      for (const session of state.sessions) {
        if (spec.kind === 'account' && couldWrite(spec, session)) {
          findings.push(`session of ${session.user} from ${session.host}, ${session.command}`)
        }
      }
      for (const { sessionId } of state.transactions)
        findings.push(`open transaction of session ${sessionId}`)
      for (const { user } of credentials) {
        if (mayWrite(state, user, 'orders', 'orders')) findings.push(`a write as ${user} was accepted`)
      }
      if (state.writtenSinceProof) findings.push('written to since an earlier proof')
      const position = { flavour: 'mariadb' as const, gtid: `0-1-${state.position}` }
      const lasting = state.writtenSinceProof ? { lasting: true as const } : {}
      return {
        silent: findings.length === 0,
        findings,
        ...lasting,
        evidence: `silent: ${fence.why}`,
        position,
      }
    },

    prepareReleases: async (readers) => {
      for (const name of readers) get(name)
      state.hasReleaseTable = true
      for (const name of readers) {
        const account = get(name)
        account.grants = [...new Set([...account.grants, mayReadReleases])].sort()
      }
    },
    missingReleaseReaders: async (readers) =>
      readers.filter(
        (name) =>
          !state.hasReleaseTable || !state.accounts.get(keyOf(name))?.grants.includes(mayReadReleases),
      ),
    forgetReleaseReaders: async (readers) => {
      for (const name of readers) {
        const account = state.accounts.get(keyOf(name))
        if (account) account.grants = account.grants.filter((line) => line !== mayReadReleases)
      }
    },
    writeRelease: async (of) => structuredClone(releaseOf(state, of) ?? null),
    release: async (release) => {
      if (state.settings.readOnly.readOnly) throw refused(state, `${state.name} is read-only`)
      if (!state.hasReleaseTable) throw refused(state, `${state.name} has no table of releases`)
      const earlier = releaseOf(state, release)
      const others = state.releases.filter((one) => one !== earlier)
      const epoch = Math.max(release.epoch, earlier?.epoch ?? 0)
      state.releases = [...others, { ...(earlier ?? release), epoch }]
    },
    withdrawRelease: async (of) => {
      const found = releaseOf(state, of)
      state.releases = state.releases.filter((one) => one !== found)
    },
  }

  function fenceIsUp(spec: FenceSpec): { readonly up: boolean; readonly why: string } {
    if (spec.kind === 'instance') {
      const { readOnly } = state.settings.readOnly
      return { up: readOnly, why: readOnly ? 'the server is read-only' : 'the server is writable' }
    }
    if (spec.kind === 'schema') {
      const open = spec.schemas.filter((schema) => !state.readOnlySchemas.has(schema))
      if (open.length === 0) return { up: true, why: 'the schemas refuse writes' }
      return { up: false, why: `writable: ${open.join(', ')}` }
    }
    const lines = spec.accounts.flatMap((name) => writeLines(name, spec.tables))
    return lines.length === 0
      ? { up: true, why: 'no account has a write right' }
      : { up: false, why: `still granted: ${lines.join('; ')}` }
  }
}

function couldWrite(spec: Extract<FenceSpec, { kind: 'account' }>, session: Session): boolean {
  const mine = spec.accounts.some((account) => account.user === session.user)
  return mine && spec.tables.some((set) => session.schema === set.schema || session.schema === null)
}

function setReadOnly(state: FakeDatabaseState, readOnly: boolean, superReadOnly: boolean): void {
  state.settings = { ...state.settings, readOnly: { readOnly, superReadOnly } }
}

function linesOf(grant: Grant): string[] {
  return grant.privileges.flatMap((privilege) => expand(grant.on).map((on) => `${privilege} ON ${on}`))
}
