import 'reflect-metadata'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/mysql2'
import { knex } from 'knex'
import { Kysely, MysqlDialect, sql as kyselySql } from 'kysely'
import * as mysql2 from 'mysql2'
import { createPool } from 'mysql2/promise'
import { Sequelize } from 'sequelize'
import { DataSource } from 'typeorm'
import { prismaAdapter } from '../../src/service/prisma.ts'

/** Where an ORM connects to. */
export interface OrmPlace {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** An ORM as a service uses it: one statement at a time, with a value bound where the library can. */
export interface OrmStack extends AsyncDisposable {
  run(statement: string, value: number): Promise<unknown>
}

/** Statements have one `?` for their value. */
export const ormStacks: Readonly<Record<string, (place: OrmPlace) => Promise<OrmStack>>> = {
  async mysql2(place) {
    const pool = createPool(place)
    return stack(
      (statement, value) => pool.execute(statement, [value]),
      () => pool.end(),
    )
  },
  async kysely(place) {
    const database = new Kysely<unknown>({
      dialect: new MysqlDialect({ pool: mysql2.createPool({ ...place }) }),
    })
    return stack(
      (statement, value) => {
        const [before = '', after = ''] = statement.split('?')
        return kyselySql`${kyselySql.raw(before)}${value}${kyselySql.raw(after)}`.execute(database)
      },
      () => database.destroy(),
    )
  },
  async drizzle(place) {
    const pool = createPool(place)
    const database = drizzle(pool)
    return stack(
      (statement, value) => {
        const [before = '', after = ''] = statement.split('?')
        return database.execute(drizzleSql`${drizzleSql.raw(before)}${value}${drizzleSql.raw(after)}`)
      },
      () => pool.end(),
    )
  },
  async knex(place) {
    const database = knex({ client: 'mysql2', connection: { ...place }, pool: { min: 0, max: 2 }, log })
    return stack(
      (statement, value) => database.raw(statement, [value]),
      () => database.destroy(),
    )
  },
  async typeorm(place) {
    const { user, ...rest } = place
    const source = new DataSource({ type: 'mysql', driver: mysql2, username: user, ...rest })
    await source.initialize()
    return stack(
      (statement, value) => source.query(statement, [value]),
      () => source.destroy(),
    )
  },
  async sequelize({ database, user, password, host, port }) {
    const sequelize = new Sequelize(database, user, password, {
      host,
      port,
      dialect: 'mysql',
      logging: false,
    })
    return stack(
      (statement, value) => sequelize.query(statement, { replacements: [value] }),
      () => sequelize.close(),
    )
  },
  async prisma(place) {
    const adapter = await new PrismaMariaDb({ ...place, acquireTimeout: 1500, connectionLimit: 2 }).connect()
    return stack(
      (sql, value) => adapter.executeRaw({ sql, args: [value], argTypes: [int] }),
      () => adapter.dispose(),
    )
  },
  async prismaAdapter(place) {
    const pool = createPool(place)
    const adapter = await prismaAdapter(pool).connect()
    return stack(
      (sql, value) => adapter.executeRaw({ sql, args: [value], argTypes: [int] }),
      () => pool.end(),
    )
  },
}

/** What Prisma says of a value. */
const int = { scalarType: 'int', arity: 'scalar' } as const

function stack(run: OrmStack['run'], end: () => Promise<unknown>): OrmStack {
  return {
    run,
    async [Symbol.asyncDispose]() {
      await end()
    },
  }
}

/** Knex tells of its connections by itself. */
const log = { debug: ignore, warn: ignore, error: ignore, deprecate: ignore }

function ignore(): void {
  return undefined
}

/** The same libraries over a pool that gives nobody a connection, for this reason. */
export const refusingStacks: Readonly<Record<string, (reason: Error) => Promise<OrmStack>>> = {
  async mysql2(reason) {
    const pool = Object.assign(createPool({}), { execute: () => Promise.reject(reason) })
    return stack(
      (statement) => pool.execute(statement),
      () => pool.end(),
    )
  },
  async kysely(reason) {
    const database = new Kysely<unknown>({ dialect: new MysqlDialect({ pool: refusingPool(reason) }) })
    return stack(
      (statement) => kyselySql`${kyselySql.raw(statement)}`.execute(database),
      () => database.destroy(),
    )
  },
  async drizzle(reason) {
    const pool = Object.assign(createPool({}), { query: () => Promise.reject(reason) })
    return stack(
      (statement) => drizzle(pool).execute(drizzleSql.raw(statement)),
      () => pool.end(),
    )
  },
  async knex(reason) {
    const connection = (): Promise<never> => Promise.reject(reason)
    const database = knex({ client: 'mysql2', connection, pool: { min: 0, max: 2 }, log })
    return stack(
      (statement) => database.raw(statement),
      () => database.destroy(),
    )
  },
  async typeorm(reason) {
    const driver = { ...mysql2, createPool: () => refusingPool(reason) }
    const source = new DataSource({ type: 'mysql', driver })
    return stack(
      () => source.initialize(),
      () => Promise.resolve(),
    )
  },
  async prismaAdapter(reason) {
    const pool = Object.assign(createPool({}), { execute: () => Promise.reject(reason) })
    return stack(
      () => prismaAdapter(pool).connect(),
      () => pool.end(),
    )
  },
  async sequelize(reason) {
    const sequelize = new Sequelize('app', 'writer', '', { dialect: 'mysql', logging: false })
    sequelize.addHook('beforeConnect', () => Promise.reject(reason))
    return stack(
      (statement) => sequelize.query(statement),
      () => sequelize.close(),
    )
  },
}

function refusingPool(reason: Error): mysql2.Pool {
  const pool = mysql2.createPool({})
  return Object.assign(pool, { getConnection: (give: (error: Error) => void) => give(reason) })
}
