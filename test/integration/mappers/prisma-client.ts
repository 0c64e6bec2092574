import { createRequire } from 'node:module'
import { getPrismaClient, type GetPrismaClientConfig } from '@prisma/client/runtime/client'
import { prismaAdapter } from '../../../src/service/prisma.ts'

/** The tables of the lab, as a service's schema has them. */
const schema = `
datasource db {
  provider = "mysql"
}

model Item {
  id   Int       @id
  name String?   @db.VarChar(40)
  big  BigInt?
  at   DateTime? @db.DateTime(0)

  @@map("items")
}

model Numbered {
  id    Int @id @default(autoincrement())
  owner Int

  @@map("numbered")
}

model Kind {
  id     Int       @id
  yes    Boolean?
  whole  BigInt?   @db.UnsignedBigInt
  exact  Decimal?  @db.Decimal(30, 10)
  double Float?
  day    DateTime? @db.Date
  time   DateTime? @db.Time(3)
  moment DateTime? @db.DateTime(6)
  bytes  Bytes?    @db.VarBinary(40)
  doc    Json?
  one    Size?

  @@map("kinds")
}

enum Size {
  small
  large
}
`

type Fields = Readonly<Record<string, string>>

const item = { id: 'Int', name: 'String', big: 'BigInt', at: 'DateTime' }
const numbered = { id: 'Int', owner: 'Int' }
const kind = {
  id: 'Int',
  yes: 'Boolean',
  whole: 'BigInt',
  exact: 'Decimal',
  double: 'Float',
  day: 'DateTime',
  time: 'DateTime',
  moment: 'DateTime',
  bytes: 'Bytes',
  doc: 'Json',
  one: 'Size',
}
const sizes = ['small', 'large'].map((name) => ({ name, dbName: null }))

const load = createRequire(import.meta.url)
const compiler = '@prisma/client/runtime/query_compiler_small_bg.mysql'

/** What `prisma generate` writes for the schema, but for the types. */
const config: GetPrismaClientConfig = {
  previewFeatures: [],
  clientVersion: '7.10.0',
  engineVersion: '',
  activeProvider: 'mysql',
  inlineSchema: schema,
  runtimeDataModel: {
    models: {
      Item: model('items', item),
      Numbered: model('numbered', numbered),
      Kind: model('kinds', kind),
    },
    enums: { Size: { values: sizes, dbName: null } },
    types: {},
  },
  // By it Prisma takes the values out of a request, to compile each kind of request once; here it knows of none.
  parameterizationSchema: { strings: [], graph: 'AAAA' },
  compilerWasm: {
    getRuntime: async () => load(`${compiler}.js`) as never,
    async getQueryCompilerWasmModule() {
      const { wasm } = load(`${compiler}.wasm-base64.js`) as { readonly wasm: string }
      return new wasmOfNode.Module(Buffer.from(wasm, 'base64'))
    },
    importName: './query_compiler_small_bg.js',
  },
}

function model(dbName: string, fields: Fields): GetPrismaClientConfig['runtimeDataModel']['models'][string] {
  const all = Object.entries(fields).map(([name, type]) => ({
    name,
    kind: type === 'Size' ? ('enum' as const) : ('scalar' as const),
    type,
  }))
  return { fields: all, dbName, schema: null } as never
}

/** Node's types leave it to those of browsers. */
const { WebAssembly: wasmOfNode } = globalThis as unknown as {
  readonly WebAssembly: { readonly Module: new (bytes: Uint8Array) => unknown }
}

/** What the tests use of the client that Prisma would generate. */
export interface Client extends Models {
  $transaction<T>(work: (client: Client) => Promise<T>, options?: object): Promise<T>
  $transaction(work: readonly Promise<unknown>[], options?: object): Promise<unknown[]>
  $connect(): Promise<void>
  $disconnect(): Promise<void>
}

interface Models {
  readonly item: Model<{ id: number; name: string | null; big: bigint | null; at: Date | null }>
  readonly numbered: Model<{ id: number; owner: number }>
  readonly kind: Model<Readonly<Record<keyof typeof kind, unknown>>>
  $queryRaw<T>(text: TemplateStringsArray, ...values: unknown[]): Promise<T>
  $executeRaw(text: TemplateStringsArray, ...values: unknown[]): Promise<number>
}

interface Model<Row> {
  create(request: { data: Partial<Row> }): Promise<Row>
  createMany(request: { data: readonly Partial<Row>[] }): Promise<{ count: number }>
  update(request: { where: Partial<Row>; data: Partial<Row> }): Promise<Row>
  findUnique(request: { where: Partial<Row> }): Promise<Row | null>
  findMany(request?: { where?: object; orderBy?: object; take?: number; skip?: number }): Promise<Row[]>
  count(): Promise<number>
}

/** Prisma's client, with its own query compiler and transactions, over a pool. */
export function openClient(pool: Parameters<typeof prismaAdapter>[0], options: object = {}): Client {
  const PrismaClient = getPrismaClient(config) as unknown as new (options: object) => Client
  return new PrismaClient({
    adapter: prismaAdapter(pool),
    transactionOptions: { maxWait: 10_000, timeout: 10_000 },
    ...options,
  })
}
