import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createConnection, createPool, type Connection, type PoolOptions } from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../../src/lab/proxy/start-tcp-proxy.ts'
import { classify, type UnitContext } from '../../src/service/classify.ts'
import { openErrorLab, password, thrownBy, type ErrorLab } from './error-lab.ts'
import { begin, contexts, earlier, insertRefused, refused } from './error-trial.ts'

/** Errors that the client makes itself, provoked by a network that breaks, and held against the data. */
describe('errors of the client', () => {
  let lab: ErrorLab
  let proxy: TcpProxy
  beforeAll(async () => {
    lab = await openErrorLab('mariadb')
    proxy = await startTcpProxy({ to: lab.running })
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await lab[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    await proxy.setMode('forward')
    await lab.tidy()
  })

  const place = (): PoolOptions => ({
    host: proxy.host,
    port: proxy.port,
    user: 'writer',
    password,
    database: 'app',
  })
  const throughProxy = (options: PoolOptions = {}): Promise<Connection> =>
    lab.session('writer', { ...place(), ...options })
  const ended = ({ threadId }: Connection): Promise<void> =>
    expect.poll(() => lab.hasSession(threadId), { timeout: 5000 }).toBe(false)
  const landed = async (): Promise<readonly number[]> =>
    (await lab.ids()).filter((id) => id === earlier || id === refused)

  function expectUnknown(error: unknown, context: UnitContext): void {
    expect(classify(error, context)).toMatchObject({
      class: 'unknown',
      mayReplay: false,
      mayShowUpgrading: false,
      errno: undefined,
    })
  }

  it('an insert alone that is cut off on its way is unknown, and was not done', async () => {
    const session = await throughProxy()
    await proxy.setMode('swallow')
    const answer = thrownBy(session.query(insertRefused))
    await expect.poll(() => proxy.swallowed).toBeGreaterThan(0)
    proxy.cut()
    expectUnknown(await answer, contexts.alone)
    await ended(session)
    expect(await landed()).toEqual([])
  })

  it('an insert alone whose answer is lost is unknown, and was done', async () => {
    const session = await throughProxy()
    proxy.loseAnswerTo((bytes) => bytes.includes('INSERT'))
    expectUnknown(await thrownBy(session.query(insertRefused)), contexts.alone)
    expect(await landed()).toEqual([refused])
  })

  it('a COMMIT that never reached the server is unknown, and nothing is there', async () => {
    const session = await throughProxy()
    await begin(session)
    await proxy.setMode('swallow')
    const answer = thrownBy(session.query('COMMIT'))
    await expect.poll(() => proxy.swallowed).toBeGreaterThan(0)
    proxy.cut()
    expectUnknown(await answer, contexts.commit)
    await ended(session)
    expect(await landed()).toEqual([])
  })

  it('a COMMIT whose answer is lost is unknown, and everything is there', async () => {
    const session = await throughProxy()
    await begin(session)
    await session.query(insertRefused)
    proxy.loseAnswerTo((bytes) => bytes.includes('COMMIT'))
    expectUnknown(await thrownBy(session.query('COMMIT')), contexts.commit)
    expect(await landed()).toEqual([earlier, refused])
  })

  it('a COMMIT stays unknown when the next command finds the connection closed', async () => {
    const session = await throughProxy()
    await begin(session)
    proxy.loseAnswerTo((bytes) => bytes.includes('COMMIT'))
    await thrownBy(session.query('COMMIT'))
    expectUnknown(await thrownBy(session.query('SELECT 1')), contexts.commit)
    expect(await landed()).toEqual([earlier])
  })

  it('a statement in a transaction that is cut off has done nothing, and neither has its transaction', async () => {
    const session = await throughProxy()
    await begin(session)
    proxy.loseAnswerTo((bytes) => bytes.includes('INSERT'))
    const error = await thrownBy(session.query(insertRefused))
    expect(classify(error, contexts.transaction)).toMatchObject({
      class: 'rejected-and-rolled-back',
      mayReplay: true,
      mayShowUpgrading: true,
    })
    await ended(session)
    expect(await landed()).toEqual([])
  })

  it('a transaction whose session was ended while it idled has done nothing', async () => {
    const session = await throughProxy()
    await begin(session)
    proxy.cut()
    await ended(session)
    const error = await thrownBy(session.query(insertRefused))
    expect(classify(error, contexts.transaction)).toMatchObject({
      class: 'rejected-and-rolled-back',
      mayReplay: true,
    })
    expect(await landed()).toEqual([])
  })

  it('a client that stops waiting knows nothing: the server goes on, also in a transaction', async () => {
    const session = await throughProxy()
    const slow = { sql: `INSERT INTO t (id) SELECT ${refused} FROM (SELECT SLEEP(0.4)) AS s`, timeout: 50 }
    const error = await thrownBy(session.query(slow))
    expectUnknown(error, contexts.alone)
    expectUnknown(error, contexts.transaction)
    expect(classify(error, { statementIsWrite: false })).toMatchObject({ class: 'rejected', mayReplay: true })
    await expect.poll(landed).toEqual([refused])
  })

  it.each([
    ['a port where nobody listens', async () => ({ port: await closedPort() }), 'ECONNREFUSED'],
    ['a host that does not exist', async () => ({ host: 'nobody.invalid' }), undefined],
    [
      'two addresses where nobody listens',
      async () => ({ host: 'localhost', port: await closedPort() }),
      'ECONNREFUSED',
    ],
    ['TLS, which the server has not', async () => ({ ssl: {} }), 'HANDSHAKE_NO_SSL_SUPPORT'],
  ] as const)('connecting to %s sent nothing', async (_name, change, code) => {
    const error = await thrownBy(createConnection({ ...place(), ...(await change()) }))
    if (code !== undefined) expect(error).toMatchObject({ code })
    expect(classify(error, contexts.alone)).toMatchObject({
      class: 'rejected',
      mayReplay: true,
      mayShowUpgrading: false,
    })
  })

  it('connecting that takes too long sent nothing', async () => {
    await proxy.setMode('swallow')
    const error = await thrownBy(createConnection({ ...place(), connectTimeout: 100 }))
    expect(error).toMatchObject({ code: 'ETIMEDOUT' })
    expect(classify(error, contexts.alone)).toMatchObject({ class: 'rejected', mayReplay: true })
  })

  it('a connection lost while it was made sent nothing, which only its maker knows', async () => {
    await using hangUp = await listen((socket) => socket.destroy())
    const error = await thrownBy(createConnection({ ...place(), port: hangUp.port }))
    expect(classify(error, contexts.connect)).toMatchObject({
      class: 'rejected',
      mayReplay: true,
      mayShowUpgrading: false,
    })
    expectUnknown(error, {})
  })

  it('somebody who is no database server sent nothing but nonsense', async () => {
    await using stranger = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const error = await thrownBy(createConnection({ ...place(), port: stranger.port }))
    expect(classify(error, contexts.connect).mayShowUpgrading).toBe(false)
  })

  it('a pool that is closed, or full, sent nothing', async () => {
    const pool = createPool({ ...place(), connectionLimit: 1, queueLimit: 1 })
    const connection = await pool.getConnection()
    const waiting = pool.query(insertRefused)
    const full = await thrownBy(pool.query(insertRefused))
    expect(classify(full, contexts.alone)).toMatchObject({ class: 'capacity', mayReplay: true })
    const cut = thrownBy(waiting)
    await pool.end()
    for (const error of [await cut, await thrownBy(pool.query(insertRefused))]) {
      expect(classify(error, contexts.alone)).toMatchObject({ class: 'rejected', mayReplay: true })
    }
    const orphan = await thrownBy(connection.query(insertRefused))
    expect(classify(orphan, contexts.alone)).toMatchObject({ class: 'rejected', mayReplay: true })
    const none = createPool({ ...place(), connectionLimit: 1, waitForConnections: false })
    const held = await none.getConnection()
    const error = await thrownBy(none.query(insertRefused))
    expect(classify(error, contexts.alone)).toMatchObject({ class: 'capacity', mayReplay: true })
    held.release()
    await none.end()
    expect(await landed()).toEqual([])
  })

  it('a call to somebody else that fails the same way is none of the database', async () => {
    const error = await thrownBy(fetch(`http://127.0.0.1:${await closedPort()}/`))
    expect(classify(error)).toMatchObject({ class: 'bug', mayReplay: false, mayShowUpgrading: false })
  })
})

async function closedPort(): Promise<number> {
  await using server = await listen(() => undefined)
  return server.port
}

async function listen(
  onConnection: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(onConnection)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
    })
  return { port, [Symbol.asyncDispose]: close }
}
