import type { ConnectionOptions, PoolOptions, RowDataPacket } from 'mysql2/promise'
import { escapeId } from 'mysql2/promise'
import { orAborted } from '../../core/deadline.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { RawConnection } from '../pool/driver.ts'
import type { Generation } from '../pool/generation.ts'
import { knownStatements, prepareAhead } from '../pool/known-statements.ts'
import { compareServers } from './compare-servers.ts'
import type { Datasource, DatasourceDocument } from './datasource.ts'
import { readDatasource } from './datasource.ts'
import { lookAtServer } from './look-at-server.ts'
import type { NextDatasource } from './next-datasource.ts'
import { createReleaseReader } from './release-reader.ts'
import { sayError } from './say-error.ts'

export interface OpenNextOptions {
  readonly service: string
  readonly document: DatasourceDocument
  readonly driver: PoolOptions
  /** Connections opened ahead. */
  readonly warm: number
  readonly clock: Clock
  /** What the service uses now. */
  present(): Generation
  open(datasource: Datasource): Generation
}

// A burst of new connections costs the writers of the present server tens of milliseconds.
const betweenConnectionsMs = 25

/**
 * Opens the next datasource slowly, a few connections one after the other, and prepares to look whether the service's
 * writes may go there. Urgently: one connection, which shows that it can be used.
 */
export async function openNext(
  staged: string,
  options: OpenNextOptions,
  urgent: boolean,
  signal: AbortSignal,
): Promise<NextDatasource> {
  const datasource = await readDatasource(staged, options.document)
  const generation = options.open(datasource)
  const release = createReleaseReader(options.service, datasource, connectionOptions(options.driver))
  const dispose = async (): Promise<void> => {
    release.close()
    await generation.discard()
  }
  try {
    await warmUp(generation, urgent ? { ...options, warm: 1 } : options, signal)
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    datasource,
    generation,
    release,
    warmUp: (each) => warmUp(generation, options, each),
    look: (each) => lookAt(generation, release, options.present(), each),
    [Symbol.asyncDispose]: dispose,
  }
}

/** What a single connection takes of the pool's options. */
function connectionOptions({ ssl, authPlugins, connectAttributes }: PoolOptions): ConnectionOptions {
  return {
    ...(ssl === undefined ? {} : { ssl }),
    ...(authPlugins === undefined ? {} : { authPlugins }),
    ...(connectAttributes === undefined ? {} : { connectAttributes }),
  }
}

async function warmUp({ pool }: Generation, options: OpenNextOptions, signal: AbortSignal): Promise<void> {
  const { warm, clock } = options
  const opened = []
  const statements = knownStatements(options.present().source.connections)
  try {
    for (let n = 0; n < warm; n += 1) {
      if (n > 0) await clock.sleep(betweenConnectionsMs, signal)
      const connection = await orAborted(pool.promise().getConnection(), signal)
      opened.push(connection)
      await prepareAhead(connection.connection as unknown as RawConnection, statements, signal)
    }
  } finally {
    for (const connection of opened) connection.release()
  }
}

async function lookAt(
  next: Generation,
  release: NextDatasource['release'],
  present: Generation,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const here = await orAborted(lookAtServer(present.pool.promise()), signal)
  const there = await orAborted(lookAtServer(next.pool.promise()), signal)
  const problems = [...compareServers(here, there)]
  const table = [...here.tables].find((name) => there.tables.has(name))
  if (table !== undefined) {
    const read = next.pool.promise().query<RowDataPacket[]>(`SELECT 1 FROM ${escapeId(table, true)} LIMIT 1`)
    await orAborted(read, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      problems.push(`The table ${table} cannot be read there: ${sayError(error)}.`)
    })
  }
  await release.read('', signal).catch((error: unknown) => {
    signal.throwIfAborted()
    problems.push(
      `The table of releases, cutover_kit.write_release, cannot be read there: ${sayError(error)}.`,
    )
  })
  return problems
}
