import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'mysql2'
import { createPool } from 'mysql2/promise'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { classify } from '../../../src/service/classify.ts'
import type { BugOptions, ProbableBug, ProbableBugs } from '../../../src/service/http.ts'
import { watchForBugs } from '../../../src/service/http.ts'
import { sqlFingerprint } from '../../../src/service/observe/sql-fingerprint.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'

/** The server's side of mysql2, which its types leave out. */
interface Session {
  /** Number of the next packet. A server has to begin anew for each command itself. */
  sequenceId: number
  serverHandshake(options: object): void
  writeOk(): void
  writeError(error: object): void
  on(event: 'query' | 'error', listener: (sql: string) => void): void
}

describe('a statement that is only ever refused', () => {
  const open: ProbableBugs[] = []
  afterEach(() => {
    for (const bugs of open.splice(0)) bugs[Symbol.dispose]()
  })

  function watch(options: BugOptions = {}) {
    const clock = createFakeClock()
    const onBug = vi.fn<(bug: ProbableBug) => void>()
    const bugs = watchForBugs({ clock, onBug, ...options })
    open.push(bugs)
    const learn = async (sql = 'UPDATE orders SET a = 1') => {
      await clock.advance(600_000)
      bugs.succeeded(sql)
    }
    return { bugs, onBug, learn }
  }

  function refuse(bugs: ProbableBugs, sql: string): void {
    const error = Object.assign(new Error("INSERT command denied to user 'a'@'b' for table 't'"), {
      errno: 1142,
      sqlState: '42000',
      sql,
    })
    const wrapped = new Error('Failed query', { cause: error })
    bugs.refused(wrapped, classify(wrapped))
  }

  it('is called probably a bug, once, with its number and how often', async () => {
    const { bugs, onBug, learn } = watch()
    await learn()
    refuse(bugs, 'INSERT INTO misspelt (id) VALUES (1)')
    refuse(bugs, 'INSERT INTO misspelt (id) VALUES (2)')
    const fingerprint = sqlFingerprint('INSERT INTO misspelt (id) VALUES (?)')
    expect(onBug.mock.calls).toEqual([[{ fingerprint, errno: 1142, refused: 1 }]])
    expect(bugs.found).toEqual([{ fingerprint, errno: 1142, refused: 2 }])
  })

  it('is not when it has succeeded before, also with other values', async () => {
    const { bugs, onBug, learn } = watch()
    await learn('INSERT INTO orders (id) VALUES (7)')
    refuse(bugs, 'INSERT INTO orders (id) VALUES (?)')
    expect(onBug).not.toHaveBeenCalled()
  })

  it('is not when it keeps succeeding in the very same letters', async () => {
    const { bugs, onBug, learn } = watch()
    for (let time = 0; time < 3; time += 1) await learn('INSERT INTO orders (id) VALUES (?)')
    refuse(bugs, 'INSERT INTO orders (id) VALUES (7)')
    expect(onBug).not.toHaveBeenCalled()
    refuse(bugs, 'INSERT INTO misspelt (id) VALUES (7)')
    expect(onBug).toHaveBeenCalledTimes(1)
  })

  it('is no longer once it succeeds', async () => {
    const { bugs, learn } = watch()
    await learn()
    refuse(bugs, 'INSERT INTO rare (id) VALUES (1)')
    expect(bugs.found).toHaveLength(1)
    bugs.succeeded('INSERT INTO rare (id) VALUES (2)')
    expect(bugs.found).toEqual([])
  })

  it('is not known to be before enough was learnt: a process that started in the window knows nothing', () => {
    const { bugs, onBug } = watch()
    bugs.succeeded('UPDATE orders SET a = 1')
    refuse(bugs, 'INSERT INTO misspelt (id) VALUES (1)')
    expect(onBug).not.toHaveBeenCalled()
  })

  it('is not known to be when there are more statements than are kept', async () => {
    const { bugs, onBug, learn } = watch({ limit: 2 })
    for (const table of ['a', 'b', 'c']) await learn(`UPDATE ${table} SET x = 1`)
    refuse(bugs, 'UPDATE c SET x = 2')
    expect(onBug).not.toHaveBeenCalled()
  })

  it('is not a read that locks', async () => {
    const { bugs, onBug, learn } = watch()
    await learn()
    refuse(bugs, 'SELECT id FROM orders FOR UPDATE')
    expect(onBug).not.toHaveBeenCalled()
  })

  it('is learnt from every mysql2 in the process', async () => {
    const server = createServer((session) => {
      const serving = session as unknown as Session
      serving.serverHandshake({ protocolVersion: 10, serverVersion: '8.0', characterSet: 33 })
      // Its client leaving is an error to this half of mysql2.
      serving.on('error', () => undefined)
      serving.on('query', (sql) => {
        serving.sequenceId = 1
        if (sql.includes('failed')) serving.writeError({ code: 1064, message: 'no' })
        else serving.writeOk()
        serving.sequenceId = 0
      })
    })
    server.listen(0)
    const socket = (server as unknown as { _server: Server })._server
    await once(socket, 'listening')
    const { port } = socket.address() as AddressInfo
    const pool = createPool({ host: '127.0.0.1', port, user: 'u' })
    const { bugs } = watch({ learnMs: 0 })
    await pool.query('UPDATE told SET x = ?', [1])
    await pool.query("UPDATE failed SET x = 'y'").catch(() => undefined)
    await pool.end()
    server.close(() => undefined)
    refuse(bugs, 'UPDATE told SET x = 2')
    refuse(bugs, "UPDATE failed SET x = 'z'")
    expect(bugs.found).toMatchObject([{ fingerprint: sqlFingerprint("UPDATE failed SET x = ''") }])
  })

  it('is learnt from what mysql2 tells of its statements, as long as anybody listens', () => {
    const query = channel('tracing:mysql2:query:asyncEnd')
    const { bugs } = watch({ learnMs: 0 })
    expect(query.hasSubscribers).toBe(true)
    query.publish({ query: 'UPDATE told SET x = 1' })
    query.publish({ query: 'UPDATE failed SET x = 1', error: new Error('x') })
    refuse(bugs, 'UPDATE told SET x = 2')
    refuse(bugs, 'UPDATE failed SET x = 2')
    expect(bugs.found.map(({ fingerprint }) => fingerprint)).toEqual([
      sqlFingerprint('UPDATE failed SET x = 1'),
    ])
    bugs[Symbol.dispose]()
    expect(query.hasSubscribers).toBe(false)
  })
})
