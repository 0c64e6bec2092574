/** The package's sub-path `cutover-kit/prisma`: the driver adapter that puts Prisma's client on the kit's pool. */
export type {
  ArgType,
  ConnectionInfo,
  DriverAdapter,
  DriverAdapterFactory,
  IsolationLevel,
  Queryable,
  ResultSet,
  SqlQuery,
  Transaction,
} from './prisma/driver-adapter.ts'
export type { ColumnType } from './prisma/column-type.ts'
export { AdapterError } from './prisma/adapter-error.ts'
export type { MappedError } from './prisma/mapped-error.ts'
export { prismaAdapter } from './prisma/prisma-adapter.ts'
