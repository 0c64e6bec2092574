import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { Connection, createPool, raw } from 'mysql2'
import * as promiseDriver from 'mysql2/promise'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../../../src/service/pool/driver.ts'
import { methods, statusOf, takeIdle } from '../../../../src/service/pool/driver.ts'
import { hasRawValue } from '../../../../src/service/pool/has-raw-value.ts'

const config = { namedPlaceholders: false }

/** What the driver's methods need of a connection to make their commands. */
function recorder() {
  const commands: Command[] = []
  const recorded = {
    config,
    _resolveNamedPlaceholders: methods._resolveNamedPlaceholders,
    format: methods.format,
    query: methods.query,
    addCommand: (command: Command) => (commands.push(command), command),
  }
  return { commands, recorded }
}

// The pool relies on more of the driver than its types say. A version that changes that must fail here.
describe('the driver', () => {
  it('hands a query to addCommand once, with its text and its callback, and returns it', () => {
    const { commands, recorded } = recorder()
    const callback = (): void => undefined
    const returned = methods.query.call(recorded, 'SELECT ?', ['a'], callback)
    expect(commands).toEqual([returned])
    expect(returned).toBeInstanceOf(EventEmitter)
    expect(returned).toMatchObject({ sql: "SELECT 'a'", onResult: callback })
  })

  it('hands execute over as a preparation and a statement, in this order', () => {
    const { commands, recorded } = recorder()
    const callback = (): void => undefined
    const returned = methods.execute.call(recorded, 'SELECT ?', ['a'], callback)
    expect(commands).toHaveLength(2)
    expect(commands[0]).toMatchObject({ query: 'SELECT ?' })
    expect(commands[1]).toBe(returned)
    expect(returned).toMatchObject({ sql: 'SELECT ?', onResult: callback })
  })

  it.each(['prepare', 'ping', 'reset', 'changeUser', 'beginTransaction', 'commit', 'rollback'] as const)(
    'hands %s over as one command',
    (name) => {
      const { commands, recorded } = recorder()
      methods[name].call(
        recorded,
        name === 'changeUser' || name === 'prepare' ? { sql: 'SELECT 1' } : undefined,
      )
      expect(commands).toHaveLength(1)
    },
  )

  it('takes a command that was made before instead of a text', () => {
    const { commands, recorded } = recorder()
    const callback = (): void => undefined
    // Its types forget the settings, without which it throws.
    const driver = Connection as unknown as { createQuery(...given: unknown[]): unknown }
    const made = driver.createQuery('SELECT 1', [], callback, config)
    expect(made).toMatchObject({ onResult: callback })
    methods.query.call(recorded, made)
    expect(commands).toEqual([made])
  })

  it('keeps the settings of a pool where the facade looks', async () => {
    const pool = createPool({
      host: '127.0.0.1',
      port: 1,
      database: 'one',
      connectionLimit: 3,
      queueLimit: 7,
    })
    expect(pool.config).toMatchObject({
      connectionLimit: 3,
      queueLimit: 7,
      waitForConnections: true,
      connectionConfig: { database: 'one' },
    })
    await pool.promise().end()
  })

  it('keeps its idle connections where the facade takes them', async () => {
    const pool = createPool({ host: '127.0.0.1', port: 1 })
    expect(pool).toMatchObject({
      _closed: false,
      _freeConnections: { length: 0, push: expect.any(Function), pop: expect.any(Function) },
    })
    expect(takeIdle(pool)).toBeUndefined()
    const idle = { _released: true }
    const { _freeConnections: free } = pool as unknown as { _freeConnections: { push(one: object): void } }
    free.push(idle)
    const acquired: unknown[] = []
    pool.on('acquire', (connection) => acquired.push(connection))
    expect(takeIdle(pool)).toBe(idle)
    expect([idle._released, acquired]).toEqual([false, [idle]])
    await pool.promise().end()
  })

  it('is asked for a connection where somebody traces how they are taken', async () => {
    const pool = createPool({ host: '127.0.0.1', port: 1 })
    const { _freeConnections: free } = pool as unknown as {
      _freeConnections: { readonly length: number; push(one: object): void; pop(): object }
    }
    free.push({})
    const listen = (): void => undefined
    subscribe('tracing:mysql2:pool:connect:start', listen)
    expect(takeIdle(pool)).toBeUndefined()
    unsubscribe('tracing:mysql2:pool:connect:start', listen)
    expect(free.length).toBe(1)
    free.pop()
    await pool.promise().end()
  })

  it('has its promise forms as classes', () => {
    expect(promiseDriver).toMatchObject({
      PromisePool: expect.any(Function),
      PoolConnection: expect.any(Function),
    })
  })
})

describe('the status in a result', () => {
  it('is that of the last of several, and no column of a row', () => {
    const header = { affectedRows: 1, serverStatus: 3 }
    expect(statusOf(header)).toBe(3)
    expect(statusOf([[{ a: 1 }], header])).toBe(3)
    expect(statusOf([header, [{ a: 1 }]])).toBeUndefined()
    expect(statusOf([{ serverStatus: 3 }])).toBeUndefined()
    expect(statusOf(undefined)).toBeUndefined()
  })
})

describe('a raw value', () => {
  it.each([[[raw('NOW()')]], [{ at: raw('NOW()') }], [[[1, [raw('NOW()')]]]], [raw('1')]])(
    'is seen in %j',
    (values) => {
      expect(hasRawValue(values)).toBe(true)
    },
  )

  it('is not seen in plain ones, nor looked for without end', () => {
    const endless: unknown[] = []
    endless.push(endless)
    for (const values of [
      undefined,
      [],
      [1, 'a', null, new Date(), Buffer.from('a')],
      { a: { b: 1 } },
      endless,
    ]) {
      expect(hasRawValue(values)).toBe(false)
    }
  })
})
