import type { PoolOptions } from 'mysql2'
import { createPool } from 'mysql2'
import type { Clock } from '../../core/ports/clock.ts'
import type { Secret } from '../../core/secret.ts'
import type { Generation } from './generation.ts'
import { SessionSource } from './session-source.ts'

/** Where a service's data is. */
export interface DatasourceAddress {
  readonly host: string
  readonly port: number
  /** '' for none. */
  readonly schema: string
  readonly user: string
  readonly password: Secret
}

/** The driver's own options, but for where to connect, and what it has no option for. */
export interface GenerationOptions extends Omit<
  PoolOptions,
  'host' | 'port' | 'database' | 'user' | 'password' | 'uri' | 'socketPath'
> {
  /** How long one waits for a connection to become free, milliseconds; 0: without end. Default 10 000. */
  readonly acquireTimeoutMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** Opens nothing yet: connections are made when they are needed, or by `warmUp`. `queueLimit` is 10 000 by default. */
export function openGeneration(datasource: DatasourceAddress, options: GenerationOptions = {}): Generation {
  const { host, port, schema, user } = datasource
  const { acquireTimeoutMs, clock, ...driverOptions } = options
  const pool = createPool({
    queueLimit: 10_000,
    ...driverOptions,
    host,
    port,
    user,
    password: datasource.password.reveal(),
    ...(schema === '' ? {} : { database: schema }),
  })
  const source = new SessionSource(pool, { acquireTimeoutMs, clock })
  return {
    datasource: `${host}:${port}/${schema}`,
    schema,
    get flavour() {
      return source.flavour
    },
    pool,
    source,
    discard: () => source.leave(0, true),
  }
}
