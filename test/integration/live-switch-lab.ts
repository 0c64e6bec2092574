import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { expect } from 'vitest'
import type { Notice, NoticePhase } from '../../src/core/notice.ts'
import { releaseTable } from '../../src/core/write-release.ts'
import type { RunningNacos } from '../../src/lab/center/start-nacos-server.ts'
import { startNacosServer } from '../../src/lab/center/start-nacos-server.ts'
import type { TcpProxy } from '../../src/lab/proxy/start-tcp-proxy.ts'
import { startTcpProxy } from '../../src/lab/proxy/start-tcp-proxy.ts'
import { createAccountStatements } from '../../src/lab/servers/create-account.ts'
import type { DatabasePair } from '../../src/lab/servers/open-database-pair.ts'
import { openDatabasePair } from '../../src/lab/servers/open-database-pair.ts'
import { randomPassword } from '../../src/lab/servers/random-password.ts'
import { runAsRoot } from '../../src/lab/servers/run-as-root.ts'
import { movedSchema } from '../../src/lab/servers/schemas.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { waitUntilApplied } from '../../src/lab/servers/wait-until-applied.ts'
import type { CreatePoolOptions, CutoverPool } from '../../src/service/swap/create-pool.ts'
import { createPool } from '../../src/service/swap/create-pool.ts'

const patience = { timeout: 15_000, interval: 5 }
const user = 'live_app'
const release = `${releaseTable.schema}.${releaseTable.table}`
const documents = { datasource: 'orders.yaml', staged: 'cutover-next.orders.yaml' }
export const statusToken = 'a-token-for-the-runner'

/** One pair of servers and a config center. The test plays the runner with notices and SQL. */
export class SwitchLab implements AsyncDisposable {
  readonly pair: DatabasePair
  readonly center: RunningNacos
  /** In front of the target, as services see it. */
  readonly proxy: TcpProxy
  readonly source: Connection
  readonly target: Connection
  readonly #home: string
  readonly #signal: AbortSignal
  readonly #password = randomPassword(user)
  #runId = ''

  constructor(
    parts: Pick<SwitchLab, 'pair' | 'center' | 'proxy' | 'source' | 'target'>,
    home: string,
    signal: AbortSignal,
  ) {
    this.pair = parts.pair
    this.center = parts.center
    this.proxy = parts.proxy
    this.source = parts.source
    this.target = parts.target
    this.#home = home
    this.#signal = signal
  }

  async furnish(): Promise<void> {
    const grants = [{ privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], on: `${movedSchema}.*` }]
    const account = createAccountStatements(user, this.#password, grants)
    await runAsRoot(this.pair.source, account, { signal: this.#signal })
    await runAsRoot(
      this.pair.target,
      [
        ...account,
        `CREATE DATABASE ${releaseTable.schema}`,
        `CREATE TABLE ${release} (service VARCHAR(255), run_id VARCHAR(255), epoch BIGINT UNSIGNED NOT NULL,
          released_at VARCHAR(32) NOT NULL, PRIMARY KEY (service, run_id))`,
        `GRANT SELECT ON ${release} TO '${user}'@'%'`,
      ],
      { signal: this.#signal },
    )
    await this.source.query(
      `CREATE TABLE ${movedSchema}.switched (uid CHAR(36) NOT NULL DEFAULT (UUID()) PRIMARY KEY,
        token CHAR(36) NOT NULL, part INT NOT NULL)`,
    )
  }

  /** Everything as before a run: the source takes writes, the target does not, nothing is announced or staged. */
  async begin(): Promise<void> {
    this.#runId = `run-${randomUUID()}`
    await this.source.query('SET GLOBAL read_only = 0')
    await this.target.query('SET GLOBAL read_only = 1')
    await this.target.query(`DELETE FROM ${release}`)
    await this.proxy.setMode('forward')
    await this.center.setDown(false)
    this.#remove('cutover-notice.json')
    const text = this.#datasourceText(this.pair.source.port)
    this.#publish(documents.datasource, text)
    await expect.poll(() => this.#visible('cutover-notice.json'), patience).toBeUndefined()
    await expect.poll(() => this.#visible(documents.datasource), patience).toBe(text)
  }

  openInstance(instance: string, options: Partial<CreatePoolOptions> = {}): Promise<CutoverPool> {
    return createPool({
      service: 'orders',
      instance,
      center: { servers: [this.center.url] },
      datasource: { dataId: documents.datasource },
      mysql: { connectionLimit: 6, connectTimeout: 2000 },
      status: { token: statusToken },
      startWithinMs: 20_000,
      limits: { holdMs: 20_000 },
      ...options,
    })
  }

  /** How many statements sessions of the target keep prepared. */
  async preparedOnTarget(): Promise<number> {
    const [rows] = await this.target.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'")
    return Number(rows[0]?.['Value'])
  }

  /** Stages the target and says `armed`. */
  arm(): void {
    this.#publish(documents.staged, this.#datasourceText(this.proxy.port))
    this.say('armed')
  }

  /** @param said moments are milliseconds from now on. */
  say(phase: NoticePhase, said: { readonly limitMs?: number; readonly late?: 'keep' | 'end' } = {}): void {
    const now = Date.now()
    const moment = (ms: number) => new Date(now + ms).toISOString()
    const etag = createHash('md5').update(this.#datasourceText(this.proxy.port)).digest('hex')
    const notice: Notice = {
      kind: 'cutover-notice',
      version: 1,
      runId: this.#runId,
      epoch: 1,
      phase,
      services: ['orders'],
      since: moment(0),
      until: moment(60_000),
      retryAfterSeconds: 5,
      staged: { orders: { group: 'DEFAULT_GROUP', dataId: documents.staged, etag } },
      ...(phase === 'holding' && {
        hold: { at: moment(300), drainMs: 300, late: said.late ?? 'keep', limitMs: said.limitMs ?? 20_000 },
      }),
    }
    this.#publish('cutover-notice.json', JSON.stringify(notice))
  }

  fence(): Promise<unknown> {
    return this.source.query('SET GLOBAL read_only = 1')
  }

  liftFence(): Promise<unknown> {
    return this.source.query('SET GLOBAL read_only = 0')
  }

  /** What the source has committed is on the target, and that takes writes. */
  async moveOver(): Promise<void> {
    await waitUntilApplied(this.pair.source, this.pair.target, { signal: this.#signal })
    await this.target.query('SET GLOBAL read_only = 0')
  }

  release(): Promise<unknown> {
    const values = ['orders', this.#runId, 1, new Date().toISOString()]
    return this.target.query(`INSERT INTO ${release} VALUES (?, ?, ?, ?)`, values)
  }

  /** The target is the datasource for good. */
  publishTarget(): void {
    this.#publish(documents.datasource, this.#datasourceText(this.proxy.port))
    this.say('done')
  }

  /** How many rows each token has there. */
  async rowsOn(server: 'source' | 'target'): Promise<ReadonlyMap<string, number>> {
    const [rows] = await this[server].query<RowDataPacket[]>(
      `SELECT token, COUNT(*) AS parts FROM ${movedSchema}.switched GROUP BY token`,
    )
    return new Map(rows.map((row) => [String(row['token']), Number(row['parts'])]))
  }

  async catchUp(): Promise<void> {
    await waitUntilApplied(this.pair.source, this.pair.target, { signal: this.#signal })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.source.destroy()
    this.target.destroy()
    await this.proxy[Symbol.asyncDispose]()
    await this.center[Symbol.asyncDispose]()
    await this.pair[Symbol.asyncDispose]()
    await rm(this.#home, { recursive: true, force: true })
  }

  #datasourceText(port: number): string {
    return [
      'spring:',
      '  datasource:',
      `    url: jdbc:mysql://127.0.0.1:${port}/${movedSchema}`,
      `    username: ${user}`,
      `    password: '${this.#password.reveal().replaceAll("'", "''")}'`,
      '',
    ].join('\n')
  }

  #publish(dataId: string, content: string): void {
    const by = { user: 'test', ip: '127.0.0.1' }
    this.center.documents.publish(keyOf(dataId), { content, ...by }, '')
  }

  /** As ordinary clients read it, a moment after it was published. */
  #visible(dataId: string): string | undefined {
    return this.center.documents.visible(keyOf(dataId))?.content
  }

  #remove(dataId: string): void {
    this.center.documents.remove(keyOf(dataId), { user: 'test', ip: '127.0.0.1' })
  }
}

const keyOf = (dataId: string) => ({ tenant: 'public', group: 'DEFAULT_GROUP', dataId })

export async function openSwitchLab(engine: ServerEngine, signal: AbortSignal): Promise<SwitchLab> {
  const home = await mkdtemp(join(tmpdir(), 'switch-'))
  const pair = await openDatabasePair({
    engine,
    directory: join(home, engine),
    rows: 50,
    seed: 3,
    signal,
    say: () => undefined,
  })
  const [source, target] = await Promise.all([pair.source.root(), pair.target.root()])
  const center = await startNacosServer({ flavour: '3.1' })
  const proxy = await startTcpProxy({ to: pair.target })
  const lab = new SwitchLab({ pair, center, proxy, source, target }, home, signal)
  await lab.furnish()
  return lab
}
