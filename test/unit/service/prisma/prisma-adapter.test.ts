import type { SqlDriverAdapterFactory } from '@prisma/client/runtime/client'
import type { Pool, PoolConnection } from 'mysql2/promise'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { GatedPool } from '../../../../src/service/pool/create-gated-pool.ts'
import type { DriverAdapter, DriverAdapterFactory } from '../../../../src/service/prisma.ts'
import { AdapterError, prismaAdapter } from '../../../../src/service/prisma.ts'

const ofServer = (errno: number): Error =>
  Object.assign(new Error('no'), { errno, sqlMessage: 'no', sqlState: 'HY000' })

/** A pool that notes what it is told, answers with a version, and refuses what `refuse` gives an error for. */
function notingPool(version: string, refuse: (sql: string) => Error | undefined = () => undefined) {
  const told: string[] = []
  const run = async (statement: string | { readonly sql: string }): Promise<unknown> => {
    const sql = typeof statement === 'string' ? statement : statement.sql
    told.push(sql)
    const error = refuse(sql)
    if (error !== undefined) throw error
    return [[[version]], [{ name: 'VERSION()', columnType: 0xfd, flags: 0 }]]
  }
  const noting = (prefix: string) => ({
    execute: (statement: { readonly sql: string }) => run({ sql: `${prefix}${statement.sql}` }),
    query: run,
  })
  const connection = {
    ...noting(''),
    escapeId: (name: string) => `\`${name}\``,
    release: () => told.push('(back)'),
    destroy: () => told.push('(destroyed)'),
  } as unknown as PoolConnection
  const pool = { ...noting('prepared: '), getConnection: async () => connection } as unknown as Pool
  return { pool, told, connect: (): Promise<DriverAdapter> => prismaAdapter(pool).connect() }
}

const plain = (sql: string) => ({ sql, args: [], argTypes: [] })

describe('the adapter', () => {
  it('is one that Prisma takes, over the pool', () => {
    expectTypeOf<DriverAdapterFactory>().toExtend<SqlDriverAdapterFactory>()
    expectTypeOf<GatedPool>().toExtend<Parameters<typeof prismaAdapter>[0]>()
    const { pool } = notingPool('8.4.0')
    expect(prismaAdapter(pool)).toMatchObject({ provider: 'mysql', adapterName: 'cutover-kit' })
  })

  it.each([
    ['8.0.13', false],
    ['8.0.14-commercial', true],
    ['9.7.0', true],
    ['10.11.19-MariaDB-deb12', false],
  ])('tells whether %s joins laterally, and names no schema', async (version, supportsRelationJoins) => {
    expect((await notingPool(version).connect()).getConnectionInfo()).toEqual({ supportsRelationJoins })
  })

  it('sends a statement as a text that the server does not prepare, when it has no values', async () => {
    const refusing = notingPool('8.4.0', (sql) =>
      sql.startsWith('prepared: LOCK') ? ofServer(1295) : undefined,
    )
    const adapter = await refusing.connect()
    await adapter.executeRaw(plain('LOCK TABLES items READ'))
    expect(refusing.told.slice(1)).toEqual(['prepared: LOCK TABLES items READ', 'LOCK TABLES items READ'])
    const withValue = { sql: 'LOCK ?', args: [1], argTypes: [] }
    await expect(adapter.executeRaw(withValue)).rejects.toMatchObject({ cause: { code: 1295 } })
  })
})

describe('a transaction', () => {
  it('has its level, its savepoints and its end in the order they were asked for', async () => {
    const { told, connect } = notingPool('8.4.0')
    const adapter = await connect()
    const one = await adapter.startTransaction('SERIALIZABLE')
    await one.createSavepoint('a')
    await one.rollbackToSavepoint('a')
    await one.releaseSavepoint('a')
    await one.commit()
    await (await adapter.startTransaction()).rollback()
    expect(told.slice(1)).toEqual([
      'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      'START TRANSACTION',
      'SAVEPOINT `a`',
      'ROLLBACK TO SAVEPOINT `a`',
      'RELEASE SAVEPOINT `a`',
      'COMMIT',
      '(back)',
      'START TRANSACTION',
      'ROLLBACK',
      '(back)',
    ])
  })

  it.each([
    ['START TRANSACTION', undefined, ['START TRANSACTION', '(back)']],
    // The level would be that of the next transaction of the session.
    ['START TRANSACTION', 'SERIALIZABLE', ['START TRANSACTION', 'ROLLBACK', '(back)']],
    ['COMMIT', undefined, ['COMMIT', 'ROLLBACK', '(back)']],
  ] as const)('that is refused at %s, its level %s, leaves nothing behind', async (refused, level, last) => {
    const { told, connect } = notingPool('8.4.0', (sql) => (sql === refused ? ofServer(1290) : undefined))
    const adapter = await connect()
    const run = adapter.startTransaction(level).then((one) => one.commit())
    await expect(run).rejects.toMatchObject({ name: 'DriverAdapterError', cause: { code: 1290 } })
    expect(told.slice(-last.length)).toEqual(last)
  })

  it('whose connection is lost is ended with it', async () => {
    const { told, connect } = notingPool('8.4.0', (sql) => (sql === 'ROLLBACK' ? ofServer(1927) : undefined))
    const one = await (await connect()).startTransaction()
    await one.rollback()
    expect(told.slice(-3)).toEqual(['ROLLBACK', '(destroyed)', '(back)'])
  })

  it('has no level that the server has not', async () => {
    const { told, connect } = notingPool('8.4.0')
    const error = (await connect()).startTransaction('SNAPSHOT')
    await expect(error).rejects.toEqual(
      new AdapterError({ kind: 'InvalidIsolationLevel', level: 'SNAPSHOT' }),
    )
    expect(told).toHaveLength(1)
  })
})
