import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FenceSpec } from '../../src/core/ports/database-server.ts'
import { parseAccountName } from '../../src/core/refs.ts'
import { Secret } from '../../src/core/secret.ts'
import { adminGrants } from '../../src/lab/servers/admin-grants.ts'
import { createAccountStatements, type AccountGrant } from '../../src/lab/servers/create-account.ts'
import { normaliseGrant } from '../../src/databases/normalise-grant.ts'
import { releaseFacts, schemaFenceFacts } from './live-switch-facts.ts'
import { errnoOf, never, servicePassword, type DatabaseLab } from './database-server-lab.ts'

const app = parseAccountName('app')
const appFence = { kind: 'account', accounts: [app], tables: [{ schema: 'orders' }] } satisfies FenceSpec
const appCredentials = { user: 'app', password: new Secret('app', servicePassword) }

/** What every DatabaseServer must do, run against a real server. */
export function databaseServerContract(product: string, open: () => Promise<DatabaseLab>): void {
  describe(`${product} as a database server`, () => {
    let lab: DatabaseLab

    beforeAll(async () => {
      lab = await open()
      await lab.root(
        `GRANT ALL ON orders.* TO '${lab.running.admin.user}'@'%' WITH GRANT OPTION`,
        `GRANT ALL ON \`a\\_b\`.* TO '${lab.running.admin.user}'@'%' WITH GRANT OPTION`,
        `GRANT ALL ON \`a_b\`.* TO '${lab.running.admin.user}'@'%' WITH GRANT OPTION`,
      )
    })
    afterAll(() => lab?.[Symbol.asyncDispose]())

    beforeEach(async () => {
      await lab.tidy()
      await lab.root(
        'SET SESSION lock_wait_timeout = 10',
        'DROP DATABASE IF EXISTS orders',
        'DROP DATABASE IF EXISTS billing',
        'DROP DATABASE IF EXISTS a_b',
        'DROP DATABASE IF EXISTS axb',
        'CREATE DATABASE orders',
        'CREATE DATABASE billing',
        'CREATE TABLE orders.orders (id VARCHAR(64) PRIMARY KEY, quantity INT NOT NULL DEFAULT 1)',
        'CREATE TABLE orders.lines (id INT PRIMARY KEY AUTO_INCREMENT, note TEXT)',
        'CREATE TABLE billing.invoices (id INT PRIMARY KEY AUTO_INCREMENT, note TEXT)',
        "DROP USER IF EXISTS app@'%', app@'127.%', other@'%', orders_ro@'%', homecoming@'%'",
        'DROP ROLE IF EXISTS writer',
        `CREATE USER app@'%' IDENTIFIED BY '${servicePassword}'`,
        "GRANT SELECT, INSERT, UPDATE, DELETE ON orders.* TO app@'%'",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON billing.* TO app@'%'",
        `CREATE USER other@'%' IDENTIFIED BY '${servicePassword}'`,
      )
    })

    identityFacts(() => lab)
    accountFacts(() => lab)
    givingBackFacts(() => lab)
    accountFenceFacts(() => lab)
    narrowAdminFacts(() => lab)
    silenceFacts(() => lab)
    schemaFenceFacts(() => lab)
    releaseFacts(() => lab)
  })
}

function identityFacts(lab: () => DatabaseLab): void {
  test('it says which product and version answers', async () => {
    const { server, running } = lab()
    const identity = await server.identity(never)
    expect(identity.flavour).toBe(running.engine)
    expect(identity.version).toMatch(/^\d+\.\d+\.\d+/)
    expect(identity.serverUuid).not.toBe('')
    const settings = await server.settings(never)
    expect(settings).toMatchObject({ gtid: true, binlogFormat: 'ROW', characterSet: 'utf8mb4' })
    expect(settings.readOnly).toEqual({ readOnly: false, superReadOnly: false })
  })

  test('tables are described by name, columns, key and triggers', async () => {
    const { server, root } = lab()
    await root(
      'CREATE TRIGGER orders.lines_bi BEFORE INSERT ON orders.lines FOR EACH ROW SET NEW.note = UPPER(NEW.note)',
    )
    const tables = await server.tables({ schema: 'orders' }, never)
    expect(tables.map((table) => table.table)).toEqual(['lines', 'orders'])
    expect(tables[0]).toMatchObject({
      engine: 'InnoDB',
      primaryKey: ['id'],
      triggers: ['BEFORE INSERT lines_bi'],
      columns: [
        expect.stringMatching(/^id int not null auto_increment$/),
        expect.stringMatching(/^note text null/),
      ],
    })
    expect(await server.tables({ schema: 'orders', tables: ['orders', 'no_such'] }, never)).toHaveLength(1)
  })

  test('unique and foreign keys are described the same on both products, whatever their names', async () => {
    const { server, root } = lab()
    await root(
      'CREATE TABLE orders.parts (a INT, b VARCHAR(200), order_id VARCHAR(64), UNIQUE KEY named (b(20), a), CONSTRAINT fk_x FOREIGN KEY (order_id) REFERENCES orders.orders (id) ON DELETE CASCADE)',
    )
    const [parts] = await server.tables({ schema: 'orders', tables: ['parts'] }, never)
    await root('DROP TABLE orders.parts')
    expect(parts?.constraints).toEqual([
      'foreign key (order_id) references orders.orders (id) on update restrict on delete cascade',
      'unique (b(20), a)',
    ])
  })

  test('a row is found by its values, whatever characters they hold', async () => {
    const { server, root } = lab()
    await root(`INSERT INTO orders.orders (id) VALUES ('o''1\\\\"')`)
    const at = (id: string) => ({ schema: 'orders', table: 'orders', where: { id } })
    expect(await server.rowExists(at(`o'1\\"`), never)).toBe(true)
    expect(await server.rowExists(at(`x' OR '1'='1`), never)).toBe(false)
  })

  test('sessions of others are seen, its own are not, and a killed one is gone', async () => {
    const { server, session } = lab()
    const one = await session('app', 'orders')
    const found = (await server.sessions(never)).find((each) => each.id === one.threadId)
    expect(found).toMatchObject({ user: 'app', host: '127.0.0.1', schema: 'orders', command: 'Sleep' })
    expect((await server.sessions(never)).filter((each) => each.user === lab().running.admin.user)).toEqual(
      [],
    )
    await server.endSession(one.threadId, never)
    await server.endSession(one.threadId, never)
    await expect
      .poll(async () => (await server.sessions(never)).map((each) => each.id))
      .not.toContain(one.threadId)
  })

  test('an open transaction with changed rows and a prepared XA transaction are listed', async () => {
    const { server, session } = lab()
    const one = await session('app', 'orders')
    await one.query('BEGIN')
    await one.query("INSERT INTO orders VALUES ('o1', 1)")
    await expect
      .poll(() => server.openTransactions(never))
      .toContainEqual(expect.objectContaining({ sessionId: one.threadId, rowsModified: 1 }))
    await one.query('ROLLBACK')
    await one.query("XA START 'x1'")
    await one.query("INSERT INTO orders VALUES ('o2', 1)")
    await one.query("XA END 'x1'")
    await one.query("XA PREPARE 'x1'")
    expect((await server.openTransactions(never)).filter((each) => each.xid === 'x1')).toHaveLength(1)
    await one.query("XA ROLLBACK 'x1'")
  })

  test('the position moves with every commit', async () => {
    const { server, root } = lab()
    const before = await server.position(never)
    await root("INSERT INTO orders.orders (id) VALUES ('p1')")
    const after = await server.position(never)
    expect(after.gtid).not.toBe(before.gtid)
    expect(await server.position(never)).toEqual(after)
  })
}

function accountFacts(lab: () => DatabaseLab): void {
  const name = parseAccountName('orders_ro')

  test('an account is created once, gets rights, logs in, and is dropped', async () => {
    const { server } = lab()
    const password = new Secret('orders_ro', "it's a \\ pass")
    expect(await server.account(name, never)).toBeNull()
    await server.createAccount(name, password, never)
    await expect(server.createAccount(name, password, never)).rejects.toMatchObject({ code: 'conflict' })
    const wanted = [{ privileges: ['SELECT'], on: { schema: 'orders' } }]
    expect(await server.missingGrants(name, wanted, never)).toEqual(wanted)
    await server.grant(name, wanted, never)
    expect(await server.missingGrants(name, wanted, never)).toEqual([])
    expect(await server.canLogIn({ user: 'orders_ro', password }, 'orders', never)).toEqual({ ok: true })
    await server.setPassword(name, new Secret('orders_ro', 'another'), never)
    const refused = await server.canLogIn({ user: 'orders_ro', password }, 'orders', never)
    expect(refused).toEqual({ ok: false, reason: expect.stringContaining('1045') })
    await server.dropAccount(name, never)
    await server.dropAccount(name, never)
    expect(await server.account(name, never)).toBeNull()
  })

  test('the grants of an account hold no password hash', async () => {
    const { server } = lab()
    const state = await server.account(app, never)
    expect(state?.locked).toBe(false)
    expect(state?.grants.join('\n')).not.toMatch(/IDENTIFIED|\*[0-9A-F]{40}/)
    expect(state?.grants).toContain('GRANT USAGE ON *.* TO `app`@`%`')
  })

  test('a schema name with an underscore opens only that schema', async () => {
    const { server, session, root } = lab()
    await root(
      'CREATE DATABASE a_b',
      'CREATE DATABASE axb',
      'CREATE TABLE axb.t (id INT)',
      'CREATE TABLE a_b.t (id INT)',
    )
    await server.grant(
      parseAccountName('other'),
      [{ privileges: ['SELECT', 'INSERT'], on: { schema: 'a_b' } }],
      never,
    )
    const other = await session('other')
    expect(await errnoOf(other.query('INSERT INTO a_b.t VALUES (1)'))).toBeUndefined()
    expect(await errnoOf(other.query('INSERT INTO axb.t VALUES (1)'))).toBe(1142)
    await server.revoke(
      parseAccountName('other'),
      [{ privileges: ['INSERT', 'DELETE'], on: { schema: 'a_b' } }],
      never,
    )
    expect(await errnoOf(other.query('INSERT INTO a_b.t VALUES (2)'))).toBe(1142)
    expect(await errnoOf(other.query('SELECT * FROM a_b.t'))).toBeUndefined()
  })

  test('rights on single tables are given and taken', async () => {
    const { server } = lab()
    const grants = [{ privileges: ['INSERT', 'SELECT'], on: { schema: 'orders', tables: ['orders'] } }]
    await server.grant(parseAccountName('other'), grants, never)
    expect(await server.missingGrants(parseAccountName('other'), grants, never)).toEqual([])
    expect(await server.writeGrants(parseAccountName('other'), [{ schema: 'orders' }], never)).toEqual([
      'INSERT on `orders`.`orders` (table)',
    ])
    expect(
      await server.writeGrants(parseAccountName('other'), [{ schema: 'orders', tables: ['lines'] }], never),
    ).toEqual([])
    await server.revoke(parseAccountName('other'), grants, never)
    expect(await server.missingGrants(parseAccountName('other'), grants, never)).toEqual(grants)
  })

  test('restoring an account brings back SHOW GRANTS line for line', async () => {
    const { server, root, grantsOf } = lab()
    await root(
      "GRANT ALL ON orders.* TO other@'%' WITH GRANT OPTION",
      "GRANT SELECT (id), INSERT (id, quantity), DELETE ON orders.orders TO other@'%'",
      "GRANT PROCESS ON *.* TO other@'%'",
      'CREATE ROLE writer',
      "GRANT writer TO other@'%'",
    )
    const before = await grantsOf("other@'%'")
    const image = await server.account(parseAccountName('other'), never)
    await root(
      "REVOKE INSERT, DELETE, GRANT OPTION ON orders.* FROM other@'%'",
      "REVOKE INSERT (quantity), DELETE ON orders.orders FROM other@'%'",
      "GRANT UPDATE, SELECT ON billing.* TO other@'%'",
      "GRANT ALL ON orders.lines TO other@'%'",
    )
    if (image !== null) {
      // The kit's account has no right on billing to take away, nor PROCESS to give: those are beyond it.
      await root("REVOKE ALL ON billing.* FROM other@'%'")
      await server.restoreAccount(image, never)
    }
    // The order of columns inside a line is MariaDB's own affair.
    expect((await grantsOf("other@'%'")).map(normaliseGrant)).toEqual(before.map(normaliseGrant))
  })
}

function givingBackFacts(lab: () => DatabaseLab): void {
  test('an account gets back what it lacks of an image, and keeps what it was given since', async () => {
    const { server, root, grantsOf } = lab()
    const name = { user: 'homecoming', host: '%' }
    await root(
      "CREATE USER homecoming@'%' IDENTIFIED BY 'secret-of-homecoming'",
      "GRANT SELECT, INSERT, TRIGGER ON orders.* TO homecoming@'%'",
      "GRANT UPDATE ON orders.lines TO homecoming@'%'",
    )
    const before = await grantsOf("homecoming@'%'")
    const image = await server.account(name, never)
    if (image === null) throw new Error('no such account')
    expect(await server.missingRights(image, never)).toEqual([])
    await root(
      "REVOKE INSERT, TRIGGER ON orders.* FROM homecoming@'%'",
      "REVOKE UPDATE ON orders.lines FROM homecoming@'%'",
    )
    expect(await server.missingRights(image, never)).toHaveLength(3)
    await server.giveBack(image, never)
    await server.giveBack(image, never)
    expect(await grantsOf("homecoming@'%'")).toEqual(before)
    await root("GRANT SELECT ON billing.* TO homecoming@'%'", "REVOKE INSERT ON orders.* FROM homecoming@'%'")
    await server.giveBack(image, never)
    const after = await grantsOf("homecoming@'%'")
    expect(after).toHaveLength(before.length + 1)
    expect(after).toEqual(expect.arrayContaining([...before]))
  })
}

function accountFenceFacts(lab: () => DatabaseLab): void {
  test('a pooled session with the fenced schema as default is ended, other work of the account goes on', async () => {
    const { server, session } = lab()
    const pooled = await session('app', 'orders')
    const bare = await session('app')
    const billing = await session('app', 'billing')
    const [prepared] = [await billing.prepare('INSERT INTO orders.lines (note) VALUES (?)')]
    expect(await errnoOf(pooled.query("INSERT INTO orders VALUES ('o1', 1)"))).toBeUndefined()
    await server.raiseFence(appFence, never)
    expect(await errnoOf(pooled.query("INSERT INTO orders VALUES ('o2', 1)"))).not.toBeUndefined()
    expect(await errnoOf(bare.query("INSERT INTO orders.orders VALUES ('o3', 1)"))).toBe(1142)
    expect(await errnoOf(billing.query("INSERT INTO orders.orders VALUES ('o4', 1)"))).toBe(1142)
    expect(await errnoOf(prepared.execute(['o5']))).toBe(1142)
    expect(await errnoOf(billing.query("INSERT INTO invoices (note) VALUES ('b1')"))).toBeUndefined()
    const fresh = await session('app', 'orders')
    expect(await errnoOf(fresh.query("INSERT INTO orders VALUES ('o6', 1)"))).toBe(1142)
    expect(await errnoOf(fresh.query('SELECT * FROM orders'))).toBeUndefined()
    expect(await server.fenceIsUp(appFence, never)).toMatchObject({ up: true })
  })

  test('a change waiting to be committed from another schema is ended, an unrelated one is not', async () => {
    const { server, session, root } = lab()
    const writing = await session('app', 'billing')
    const unrelated = await session('app', 'billing')
    for (const each of [writing, unrelated]) await each.query('BEGIN')
    await unrelated.query("INSERT INTO billing.invoices (note) VALUES ('b1')")
    await writing.query("INSERT INTO orders.orders VALUES ('o1', 1)")
    await server.raiseFence(appFence, never)
    expect(await errnoOf(writing.query('COMMIT'))).not.toBeUndefined()
    if (lab().running.engine === 'mysql') expect(await errnoOf(unrelated.query('COMMIT'))).toBeUndefined()
    expect(await root('SELECT * FROM orders.orders')).toEqual([])
  })

  test('raising it twice keeps the sessions that came after it', async () => {
    const { server, session } = lab()
    await server.raiseFence(appFence, never)
    const reader = await session('app', 'orders')
    await server.raiseFence(appFence, never)
    expect(await errnoOf(reader.query('SELECT * FROM orders'))).toBeUndefined()
  })

  test('a process that did not raise it takes it for up only after it has raised it again', async () => {
    const { server, session, openServer } = lab()
    await server.raiseFence(appFence, never)
    const second = await openServer()
    expect(await second.fenceIsUp(appFence, never)).toMatchObject({ up: false })
    await session('app', 'orders')
    expect(await second.fenceIsUp(appFence, never)).toMatchObject({ up: false })
    await second.raiseFence(appFence, never)
    expect(await second.fenceIsUp(appFence, never)).toMatchObject({ up: true })
  })

  test('lowering it restores every grant and lets pools write again', async () => {
    const { server, session, root, grantsOf } = lab()
    await root(
      "GRANT ALL ON orders.* TO app@'%' WITH GRANT OPTION",
      "GRANT INSERT (note), UPDATE ON orders.lines TO app@'%'",
    )
    const before = await grantsOf("app@'%'")
    const image = await server.observeFence(appFence, never)
    await server.raiseFence(appFence, never)
    expect(await server.writeGrants(app, [{ schema: 'orders' }], never)).toEqual([])
    const during = await session('app', 'orders')
    expect(await errnoOf(during.query("INSERT INTO orders VALUES ('o1', 1)"))).toBe(1142)
    await server.lowerFence(appFence, image, never)
    await server.lowerFence(appFence, image, never)
    expect(await grantsOf("app@'%'")).toEqual(before)
    // The session from behind the fence would be refused for ever; it was ended so that its pool opens a new one.
    expect(await errnoOf(during.query('SELECT 1'))).not.toBeUndefined()
    const after = await session('app', 'orders')
    expect(await errnoOf(after.query("INSERT INTO orders VALUES ('o2', 1)"))).toBeUndefined()
  })

  test('rights through a role, on the whole server or on a wider pattern are not touched but refused', async () => {
    const { server, root } = lab()
    const refusal = { code: 'system.unsupported' }
    await root('CREATE ROLE writer', 'GRANT INSERT ON orders.* TO writer', "GRANT writer TO app@'%'")
    await expect(server.observeFence(appFence, never)).rejects.toMatchObject(refusal)
    await root("REVOKE writer FROM app@'%'", "GRANT INSERT ON *.* TO app@'%'")
    await expect(server.raiseFence(appFence, never)).rejects.toMatchObject(refusal)
    await root("REVOKE INSERT ON *.* FROM app@'%'", "GRANT INSERT ON `%ing`.* TO app@'%'")
    await expect(server.observeFence(appFence, never)).resolves.toBeDefined()
    await root("GRANT INSERT ON `%r%`.* TO app@'%'", 'CREATE DATABASE a_b', 'CREATE DATABASE axb')
    await root('CREATE DATABASE IF NOT EXISTS rival')
    await expect(server.observeFence(appFence, never)).rejects.toMatchObject(refusal)
    await root('DROP DATABASE rival')
    const oneTable: FenceSpec = { ...appFence, tables: [{ schema: 'orders', tables: ['orders'] }] }
    await expect(server.raiseFence(oneTable, never)).rejects.toMatchObject({
      code: 'system.unsupported',
      message: expect.stringContaining('orders.lines'),
    })
    expect(await root('SELECT * FROM mysql.db WHERE User = "app" AND Insert_priv = "N"')).toEqual([])
  })

  test('the same user under another host must be named in the fence', async () => {
    const { server, session, root } = lab()
    await root(
      `CREATE USER app@'127.%' IDENTIFIED BY '${servicePassword}'`,
      "GRANT SELECT, INSERT ON orders.* TO app@'127.%'",
    )
    await expect(server.raiseFence(appFence, never)).rejects.toMatchObject({
      code: 'system.unsupported',
      message: expect.stringContaining("'app'@'127.%'"),
    })
    const both: FenceSpec = { ...appFence, accounts: [app, parseAccountName('app@127.%')] }
    const pooled = await session('app', 'orders')
    await server.raiseFence(both, never)
    expect(await errnoOf(pooled.query("INSERT INTO orders VALUES ('o1', 1)"))).not.toBeUndefined()
    expect(await server.fenceIsUp(both, never)).toMatchObject({ up: true })
  })

  test('another account that may write the tables must be named in the fence', async () => {
    const { server, root } = lab()
    await root("GRANT SELECT ON orders.* TO other@'%'", "GRANT DELETE ON orders.lines TO other@'%'")
    await expect(server.raiseFence(appFence, never)).rejects.toMatchObject({
      code: 'system.unsupported',
      message: expect.stringContaining("'other'@'%' may write"),
    })
    expect(
      (await server.proveSilence(appFence, { samplesMs: 0, tables: appFence.tables }, never)).findings.join(),
    ).toContain("'other'@'%'")
    await root("REVOKE DELETE ON orders.lines FROM other@'%'")
    await server.raiseFence(appFence, never)
    expect(await server.fenceIsUp(appFence, never)).toMatchObject({ up: true })
  })

  test('an underscore in the schema name is fenced as it was granted', async () => {
    const { server, session, root, grantsOf } = lab()
    await root(
      'CREATE DATABASE a_b',
      'CREATE TABLE a_b.t (id INT PRIMARY KEY)',
      "GRANT SELECT, INSERT ON a_b.* TO app@'%'",
    )
    const fence: FenceSpec = { kind: 'account', accounts: [app], tables: [{ schema: 'a_b' }] }
    const before = await grantsOf("app@'%'")
    const image = await server.observeFence(fence, never)
    await server.raiseFence(fence, never)
    expect(await errnoOf((await session('app', 'a_b')).query('INSERT INTO t VALUES (1)'))).toBe(1142)
    await server.lowerFence(fence, image, never)
    expect(await grantsOf("app@'%'")).toEqual(before)
  })

  test('the instance fence refuses everybody and is lowered to what it was', async () => {
    const { server, session } = lab()
    const fence: FenceSpec = { kind: 'instance' }
    const pooled = await session('app', 'orders')
    await pooled.query('BEGIN')
    await pooled.query("INSERT INTO orders VALUES ('o1', 1)")
    const image = await server.observeFence(fence, never)
    await server.raiseFence(fence, never)
    expect(await server.fenceIsUp(fence, never)).toMatchObject({ up: true })
    expect(await errnoOf(pooled.query('COMMIT'))).toBe(1290)
    expect(await errnoOf(pooled.query("INSERT INTO orders VALUES ('o2', 1)"))).toBe(1290)
    await server.lowerFence(fence, image, never)
    expect((await server.settings(never)).readOnly).toEqual({ readOnly: false, superReadOnly: false })
    expect(await errnoOf(pooled.query("INSERT INTO orders VALUES ('o3', 1)"))).toBeUndefined()
  })
}

function withoutLocking({ on, privileges, withGrantOption }: AccountGrant): AccountGrant {
  const fewer = { on, privileges: privileges.filter((name) => name !== 'LOCK TABLES') }
  return withGrantOption === true ? { ...fewer, withGrantOption } : fewer
}

/** The kit's account as the lab gives it to a rehearsal: only what is written down, no right to lock tables. */
function narrowAdminFacts(lab: () => DatabaseLab): void {
  test('an account without the right to lock tables fences too, and says what it could not do', async () => {
    const { running, root, session, openServer } = lab()
    await root("DROP USER IF EXISTS narrow@'%'")
    const grants = adminGrants(running.engine, ['orders']).map(withoutLocking)
    await root(...createAccountStatements('narrow', new Secret('narrow', servicePassword), grants))
    const server = await openServer('narrow')
    const image = await server.observeFence(appFence, never)
    const writing = await session('app', 'billing')
    await writing.query('BEGIN')
    await writing.query("INSERT INTO orders.orders VALUES ('o1', 1)")
    await server.raiseFence(appFence, never)
    expect(await errnoOf(writing.query('COMMIT'))).not.toBeUndefined()
    const silence = await server.proveSilence(
      appFence,
      { samplesMs: 0, tables: [], credentials: [appCredentials] },
      never,
    )
    expect(silence).toMatchObject({ silent: true, evidence: expect.stringContaining('without table locks') })
    await server.lowerFence(appFence, image, never)
  })

  test('what it may not do is refused with the right that is missing', async () => {
    const { root, openServer } = lab()
    await root("DROP USER IF EXISTS narrow@'%'", `CREATE USER narrow@'%' IDENTIFIED BY '${servicePassword}'`)
    const server = await openServer('narrow')
    await expect(server.sessions(never)).rejects.toMatchObject({
      code: 'system.forbidden',
      hint: expect.stringContaining('PROCESS'),
    })
    await expect(server.raiseFence({ kind: 'instance' }, never)).rejects.toMatchObject({
      code: 'system.forbidden',
      hint: expect.stringMatching(/READ_ONLY ADMIN|SYSTEM_VARIABLES_ADMIN/),
    })
  })
}

function silenceFacts(lab: () => DatabaseLab): void {
  const options = { samplesMs: 50, tables: [{ schema: 'orders' }], credentials: [appCredentials] }

  test('behind a raised fence there is silence, and the position is the last one', async () => {
    const { server, session } = lab()
    const pooled = await session('app', 'orders')
    await pooled.query("INSERT INTO orders VALUES ('o1', 1)")
    await server.raiseFence(appFence, never)
    const silence = await server.proveSilence(appFence, options, never)
    expect(silence.findings).toEqual([])
    expect(silence.silent).toBe(true)
    expect(silence.evidence).toContain('6 writes of app refused')
    expect(silence.position).toEqual(await server.position(never))
  })

  test('without a fence, the accepted writes and the rights are findings', async () => {
    const { server, root } = lab()
    const silence = await server.proveSilence(appFence, options, never)
    expect(silence.silent).toBe(false)
    expect(silence.findings).toContain('app: INSERT into orders.orders was accepted')
    expect(silence.findings.join()).toContain(
      "'app'@'%' has SELECT".replace('SELECT', 'INSERT, UPDATE, DELETE'),
    )
    expect(await root('SELECT * FROM orders.orders')).toEqual([])
  })

  test('uncommitted changes, prepared XA, moved counters and other hosts are findings', async () => {
    const { server, session, root, openServer } = lab()
    await server.raiseFence(appFence, never)
    const boss = await lab().running.root()
    await boss.query('BEGIN')
    await boss.query("INSERT INTO orders.orders VALUES ('o1', 1)")
    const uncommitted = await server.proveSilence(appFence, { ...options, samplesMs: 0 }, never)
    expect(uncommitted.findings.join()).toContain('uncommitted changes')
    await boss.query('ROLLBACK')
    await boss.query("XA START 'x1'")
    await boss.query("INSERT INTO billing.invoices (note) VALUES ('x')")
    await boss.query("XA END 'x1'")
    await boss.query("XA PREPARE 'x1'")
    expect((await server.proveSilence(appFence, options, never)).findings.join()).toContain('"x1"')
    await boss.query("XA ROLLBACK 'x1'")
    const leaver = await lab().running.root()
    await leaver.query("XA START 'x2'")
    await leaver.query("INSERT INTO orders.lines (note) VALUES ('x')")
    await leaver.query("XA END 'x2'")
    await leaver.query("XA PREPARE 'x2'")
    leaver.destroy()
    await expect
      .poll(async () => (await server.proveSilence(appFence, options, never)).findings.join(), {
        timeout: 10_000,
      })
      .toMatch(/"x2"[\s\S]*uncommitted changes/)
    await root("XA ROLLBACK 'x2'")
    await root(
      `CREATE USER app@'127.%' IDENTIFIED BY '${servicePassword}'`,
      "GRANT INSERT ON orders.* TO app@'127.%'",
    )
    expect((await server.proveSilence(appFence, options, never)).findings.join()).toContain("'app'@'127.%'")
    await root("DROP USER app@'127.%'")
    const second = await openServer()
    const proving = second.proveSilence(appFence, { ...options, samplesMs: 400 }, never)
    const written: Promise<unknown>[] = []
    const write = (): number => written.push(root("REPLACE INTO orders.lines (note) VALUES ('w')"))
    const writes = setInterval(write, 20)
    const moved = await proving.finally(() => clearInterval(writes))
    await Promise.all(written)
    expect(moved.findings.join()).toContain('orders.lines was written to')
    boss.destroy()
    await session('app', 'billing')
    expect(await server.proveSilence(appFence, options, never)).toMatchObject({ silent: true })
  })

  test('a wrong password is no refused write', async () => {
    const { server } = lab()
    await server.raiseFence(appFence, never)
    const credentials = [{ user: 'app', password: new Secret('app', 'wrong') }]
    const silence = await server.proveSilence(appFence, { ...options, credentials }, never)
    expect(silence.findings.join()).toContain('the login failed')
  })

  test('every credential is tried, all between the same two samples', async () => {
    const { server } = lab()
    await server.raiseFence(appFence, never)
    const credentials = [appCredentials, { user: 'app', password: new Secret('app', 'wrong') }]
    const silence = await server.proveSilence(appFence, { ...options, credentials }, never)
    expect(silence.findings.join()).toContain('the login failed')
    expect(silence.evidence).toMatch(/writes of app refused; login of app failed/)
    expect(silence.evidence.match(/over 50 ms/g)).toHaveLength(1)
  })

  test('behind the instance fence there is silence too', async () => {
    const { server } = lab()
    const fence: FenceSpec = { kind: 'instance' }
    const image = await server.observeFence(fence, never)
    await server.raiseFence(fence, never)
    try {
      expect(await server.proveSilence(fence, options, never)).toMatchObject({ silent: true, findings: [] })
    } finally {
      await server.lowerFence(fence, image, never)
    }
  })
}
