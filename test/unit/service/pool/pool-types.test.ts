import type { AnyMySql2Connection } from 'drizzle-orm/mysql2'
import type { MysqlPool } from 'kysely'
import type { Pool as CallbackPool, PoolConnection as CallbackConnection, ResultSetHeader } from 'mysql2'
import type { Pool, PoolConnection } from 'mysql2/promise'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Secret } from '../../../../src/core/secret.ts'
import { createWriteGate } from '../../../../src/service/gate/create-write-gate.ts'
import type { GatedPool } from '../../../../src/service/pool/create-gated-pool.ts'
import { createGatedPool } from '../../../../src/service/pool/create-gated-pool.ts'
import { openGeneration } from '../../../../src/service/pool/open-generation.ts'

const driverMethods = (pool: object): readonly string[] =>
  [...chain(pool)].filter((name) => !name.startsWith('_') && name !== 'constructor').toSorted()

function chain(value: object): Set<string> {
  const names = new Set<string>()
  for (
    let part: object | null = value;
    part !== null && part !== Object.prototype;
    part = Object.getPrototypeOf(part) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(part))
      if (typeof Reflect.get(part, name, value) === 'function') names.add(name)
  }
  return names
}

function facade(): GatedPool {
  const address = { host: '127.0.0.1', port: 1, schema: 'one', user: 'svc', password: new Secret('svc', 'p') }
  return createGatedPool({ generation: openGeneration(address), gate: createWriteGate() })
}

describe('the type of the facade', () => {
  it("is one that takes the place of the driver's", () => {
    expectTypeOf<GatedPool>().toExtend<Pool>()
    expectTypeOf<GatedPool['pool']>().toExtend<CallbackPool>()
    expectTypeOf<ReturnType<GatedPool['promise']>>().toExtend<Pool>()
    expectTypeOf((pool: GatedPool) => pool.query<ResultSetHeader>('DELETE')).returns.resolves.toExtend<
      [ResultSetHeader, unknown]
    >()
    expectTypeOf((pool: GatedPool) => pool.getConnection()).returns.resolves.toEqualTypeOf<PoolConnection>()
    expectTypeOf((pool: GatedPool) =>
      pool.transaction(async () => 5),
    ).returns.resolves.toEqualTypeOf<number>()
    expectTypeOf<
      Parameters<Parameters<GatedPool['pool']['getConnection']>[0]>[1]
    >().toEqualTypeOf<CallbackConnection>()
  })

  it('is one that the libraries over the driver take', () => {
    expectTypeOf<GatedPool>().toExtend<MysqlPool>()
    expectTypeOf<GatedPool['pool']>().toExtend<MysqlPool>()
    expectTypeOf<GatedPool>().toExtend<AnyMySql2Connection>()
    // Knex declares another shape than the driver has, and takes the driver's pool by a cast, so this one as well.
    expectTypeOf<GatedPool['pool']>().toEqualTypeOf<CallbackPool>()
  })
})

describe('the facade', () => {
  it("has every method of the driver's pools and connections", async () => {
    const pool = facade()
    const bare = openGeneration({
      host: '127.0.0.1',
      port: 1,
      schema: '',
      user: 'svc',
      password: new Secret('svc', 'p'),
    })
    expect(driverMethods(pool)).toEqual(expect.arrayContaining([...driverMethods(bare.pool.promise())]))
    expect(driverMethods(pool.pool)).toEqual(expect.arrayContaining([...driverMethods(bare.pool)]))
    expect(pool.promise()).toBe(pool)
    expect(pool.pool.promise()).toBe(pool)
    expect(typeof pool[Symbol.asyncDispose]).toBe('function')
    const one = await pool.getConnection()
    for (const name of [
      'query',
      'execute',
      'prepare',
      'beginTransaction',
      'commit',
      'rollback',
      'ping',
      'reset',
      'changeUser',
      'release',
      'destroy',
    ]) {
      expect(typeof Reflect.get(one, name)).toBe('function')
      expect(typeof Reflect.get(one.connection, name)).toBe('function')
    }
    one.release()
    await pool.end()
    await bare.discard()
  })
})
