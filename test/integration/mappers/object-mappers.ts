import { DataTypes, Sequelize } from 'sequelize'
import { DataSource, EntitySchema } from 'typeorm'
import type { Mapper } from './program.ts'

interface Item {
  id: number
  name: string
}

interface Numbered {
  id?: number
  owner: number
}

const itemEntity = new EntitySchema<Item>({
  name: 'items',
  columns: { id: { type: 'int', primary: true }, name: { type: 'varchar', length: 40 } },
})
const numberedEntity = new EntitySchema<Numbered>({
  name: 'numbered',
  columns: { id: { type: 'int', primary: true, generated: true }, owner: { type: 'int' } },
})

export const typeorm: Mapper = {
  name: 'TypeORM',
  async start(pool) {
    const source = new DataSource({
      type: 'mysql',
      database: 'one',
      entities: [itemEntity, numberedEntity],
      driver: { createPool: () => pool.pool },
    } as never)
    await source.initialize()
    return {
      write: (id, name) =>
        source.transaction(async (manager) => {
          await manager.insert(itemEntity, { id, name })
          await manager.insert(numberedEntity, { owner: id })
        }),
      async read(id) {
        return (await source.getRepository(itemEntity).findOneBy({ id }))?.name
      },
      close: async () => undefined,
    }
  },
}

export const sequelize: Mapper = {
  name: 'Sequelize',
  async start(pool) {
    const db = new Sequelize({
      dialect: 'mysql',
      dialectModule: { createConnection: () => pool.createConnection() },
      logging: false,
      pool: { max: 4 },
    })
    const plain = { timestamps: false, freezeTableName: true }
    const items = db.define(
      'items',
      { id: { type: DataTypes.INTEGER, primaryKey: true }, name: DataTypes.STRING },
      plain,
    )
    const numbered = db.define('numbered', { owner: DataTypes.INTEGER }, plain)
    return {
      write: (id, name) =>
        db.transaction(async (transaction) => {
          await items.create({ id, name }, { transaction })
          await numbered.create({ owner: id }, { transaction })
        }),
      async read(id) {
        const row = await items.findByPk(id)
        return row?.get('name') as string | undefined
      },
      close: () => db.close(),
    }
  },
}
