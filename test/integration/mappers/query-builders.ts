import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/mysql2'
import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core'
import knexOf from 'knex'
import { Kysely, MysqlDialect, type Generated } from 'kysely'
import type { Mapper } from './program.ts'

interface Tables {
  items: { id: number; name: string }
  numbered: { id: Generated<number>; owner: number }
}

export const kysely: Mapper = {
  name: 'Kysely',
  async start({ pool }) {
    const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool }) })
    return {
      write: (id, name) =>
        db.transaction().execute(async (transaction) => {
          await transaction.insertInto('items').values({ id, name }).execute()
          await transaction.insertInto('numbered').values({ owner: id }).execute()
        }),
      async read(id) {
        const row = await db.selectFrom('items').select('name').where('id', '=', id).executeTakeFirst()
        return row?.name
      },
      close: () => db.destroy(),
    }
  },
}

const items = mysqlTable('items', { id: int().primaryKey(), name: varchar({ length: 40 }) })
const numbered = mysqlTable('numbered', { id: int().autoincrement().primaryKey(), owner: int() })

export const drizzleOrm: Mapper = {
  name: 'Drizzle',
  async start(pool) {
    const db = drizzle(pool)
    return {
      write: (id, name) =>
        db.transaction(async (transaction) => {
          await transaction.insert(items).values({ id, name })
          await transaction.insert(numbered).values({ owner: id })
        }),
      async read(id) {
        const rows = await db.select({ name: items.name }).from(items).where(eq(items.id, id))
        return rows[0]?.name ?? undefined
      },
      close: async () => undefined,
    }
  },
}

export const knex: Mapper = {
  name: 'Knex',
  async start({ pool }) {
    const db = knexOf({ client: 'mysql2', connectionPool: pool } as unknown as knexOf.Knex.Config)
    return {
      write: (id, name) =>
        db.transaction(async (transaction) => {
          await transaction('items').insert({ id, name })
          await transaction('numbered').insert({ owner: id })
        }),
      async read(id) {
        const row = await db('items').first<{ name: string } | undefined>('name').where({ id })
        return row?.name
      },
      close: () => db.destroy(),
    }
  },
}
