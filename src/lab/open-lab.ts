import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDeadline } from '../core/deadline.ts'
import { CutoverError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { systemClock } from '../core/system-clock.ts'
import { startBalancerProcess } from './balancer/start-balancer.ts'
import type { Balancer } from './balancer/balancer.ts'
import { openEmbeddedCenter } from './center/embedded-center.ts'
import type { LabCenter, OpenCenter } from './center/lab-center.ts'
import type { RunningNacos } from './center/start-nacos-server.ts'
import { datasourceDocuments, publishAll } from './lab-documents.ts'
import { labEnvironment } from './lab-environment.ts'
import { spreadRows } from './servers/generate-rows.ts'
import { openDatabasePair, type DatabasePair } from './servers/open-database-pair.ts'
import { randomPassword } from './servers/random-password.ts'
import type { ServerEngine } from './servers/server-engine.ts'
import {
  sampleInstances,
  startServices,
  type RunningServices,
  type SampleInstance,
  type StartServicesOptions,
} from './services/start-services.ts'

export interface LabOptions {
  readonly engine: ServerEngine
  /** Rows in the moved tables together. */
  readonly rows: number
  readonly seed: number
  /** True: orders and billing use one account, `shop_app`, on the source. */
  readonly sharedAccount: boolean
  /** Replication from target to source is set up, too, and stopped. Default: false. */
  readonly reverseSync?: boolean
  /** True: the instances of orders use the kit's pool and can change their datasource live. Default: false. */
  readonly hot?: boolean
  /** Runs as the instances of orders instead of the lab's own service; takes the same settings. Path of a program. */
  readonly ordersProgram?: SampleInstance['program']
  /** The server program. Default: what can be found or installed. */
  readonly binary?: string
  /** Keep the directory (logs, journal) when the lab is closed. Default false. */
  readonly keep?: boolean
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

/** Everything a rehearsal runs against: real servers, services, a config center, a balancer. All on 127.0.0.1. */
export interface Lab<CenterServer = RunningNacos> extends AsyncDisposable {
  readonly engine: ServerEngine
  readonly directory: string
  /** True: the directory stays when the lab is closed. */
  readonly keeps: boolean
  /** Orders that were there before any load. */
  readonly seededOrders: number
  readonly pair: DatabasePair
  readonly center: LabCenter<CenterServer>
  /** The documents with which the services were started, by data id. Hold passwords. */
  readonly firstDocuments: Readonly<Record<string, string>>
  readonly services: RunningServices
  readonly balancer: Balancer
  /** The environment with which the shipped playbooks find this lab. Holds its passwords. */
  readonly environment: Readonly<Record<string, string>>
  /** Every password of the lab. */
  readonly secrets: readonly Secret[]
}

const healthyWithinMs = 30_000

/**
 * Opens a lab; what was opened is closed again when something fails.
 * @param openCenter what holds the documents. Default: the embedded server.
 */
export function openLab(options: LabOptions): Promise<Lab>
export function openLab<Server>(options: LabOptions, openCenter: OpenCenter<Server>): Promise<Lab<Server>>
export async function openLab(
  options: LabOptions,
  openCenter: OpenCenter<unknown> = openEmbeddedCenter,
): Promise<Lab<unknown>> {
  checkExpress()
  const directory = await mkdtemp(join(tmpdir(), 'cutover-lab-'))
  const opened: AsyncDisposable[] = []
  const close = async (): Promise<void> => {
    // Services before the servers they use, so that none of them logs an outage that is only the end.
    for (const part of opened.toReversed()) await part[Symbol.asyncDispose]()
    if (!options.keep) await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  const opening = async <T extends AsyncDisposable>(part: Promise<T>): Promise<T> => {
    const ready = await part
    opened.push(ready)
    return ready
  }
  try {
    const lab = await openParts(options, openCenter, directory, opening)
    return { ...lab, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openParts(
  options: LabOptions,
  openCenter: OpenCenter<unknown>,
  directory: string,
  opening: <T extends AsyncDisposable>(part: Promise<T>) => Promise<T>,
): Promise<Omit<Lab<unknown>, typeof Symbol.asyncDispose>> {
  const starting = [
    opening(openDatabasePair({ ...options, directory: join(directory, 'servers') })),
    opening(openCenter({ ...options, directory })),
  ] as const
  // When one fails, the other is still to be closed.
  await Promise.allSettled(starting)
  const [pair, center] = await Promise.all(starting)
  const firstDocuments = datasourceDocuments(pair, options.sharedAccount)
  await publishAll(center.documents, firstDocuments, options.signal)
  options.say('starting the services')
  const statusToken = randomPassword('status')
  const services = await opening(
    startLabServices({
      directory: join(directory, 'services'),
      center: center.access,
      instances: instancesFor(options, statusToken),
      signal: options.signal,
    }),
  )
  const balancer = await opening(startLabBalancer(directory, services, options.signal))
  const admins = [pair.source.admin.password, pair.target.admin.password]
  return {
    engine: options.engine,
    directory,
    keeps: options.keep === true,
    seededOrders: spreadRows(options.rows).orders,
    pair,
    center,
    firstDocuments,
    services,
    balancer,
    environment: labEnvironment({ pair, center, statusToken, services, balancer }),
    secrets: [...Object.values(pair.passwords), ...admins, ...center.secrets, statusToken],
  }
}

/** Express is an optional peer of the package: only the lab's sample services need it. */
function checkExpress(): void {
  try {
    import.meta.resolve('express')
  } catch {
    throw new CutoverError('usage', 'a rehearsal needs the package express, which is not installed', {
      hint: 'Run npm install express beside cutover-kit.',
    })
  }
}

async function startLabServices(options: StartServicesOptions): Promise<RunningServices> {
  using deadline = startDeadline(systemClock, healthyWithinMs, 'the start of the services', options.signal)
  return await startServices({ ...options, signal: deadline.signal })
}

function instancesFor(
  { hot = false, ordersProgram = 'orders-service' }: Pick<LabOptions, 'hot' | 'ordersProgram'>,
  statusToken: Secret,
): readonly SampleInstance[] {
  return sampleInstances.map(({ name, program }) => {
    if (program !== 'orders-service') return { name, program }
    return hot ? { name, program: ordersProgram, statusToken } : { name, program: ordersProgram }
  })
}

async function startLabBalancer(
  directory: string,
  services: RunningServices,
  signal: AbortSignal,
): Promise<Balancer> {
  const logs = join(directory, 'balancer')
  await mkdir(logs, { recursive: true })
  const servers = services.instances
    .filter(({ name }) => name.startsWith('orders-'))
    .map(({ name, url }) => ({ name, url }))
  return startBalancerProcess({ directory: logs, servers, healthPath: '/health', signal })
}
