import { openClient } from './prisma-client.ts'
import type { Mapper } from './program.ts'

export const prisma: Mapper = {
  name: 'Prisma',
  async start(pool) {
    const client = openClient(pool)
    return {
      write: (id, name) =>
        client.$transaction(async (transaction) => {
          await transaction.item.create({ data: { id, name } })
          await transaction.numbered.create({ data: { owner: id } })
        }),
      async read(id) {
        const row = await client.item.findUnique({ where: { id } })
        return row?.name ?? undefined
      },
      close: () => client.$disconnect(),
    }
  },
}
