import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDeadline } from '../core/deadline.ts'
import { CutoverError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { systemClock } from '../core/system-clock.ts'
import { startBalancerProcess } from './balancer/start-balancer.ts'
import type { Balancer } from './balancer/balancer.ts'
import { startNacosServer, type RunningNacos } from './center/start-nacos-server.ts'
import { publishDatasources } from './lab-documents.ts'
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
export interface Lab extends AsyncDisposable {
  readonly engine: ServerEngine
  readonly directory: string
  /** True: the directory stays when the lab is closed. */
  readonly keeps: boolean
  /** Orders that were there before any load. */
  readonly seededOrders: number
  readonly pair: DatabasePair
  readonly center: RunningNacos
  readonly services: RunningServices
  readonly balancer: Balancer
  /** The environment with which the shipped playbooks find this lab. Holds its passwords. */
  readonly environment: Readonly<Record<string, string>>
  /** Every password of the lab. */
  readonly secrets: readonly Secret[]
}

const healthyWithinMs = 30_000

/** Opens a lab; what was opened is closed again when something fails. */
export async function openLab(options: LabOptions): Promise<Lab> {
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
    const pair = await opening(openDatabasePair({ ...options, directory: join(directory, 'servers') }))
    const nacosPassword = randomPassword('nacos')
    const center = await opening(
      startNacosServer({ flavour: '3.1', auth: { username: 'nacos', password: nacosPassword.reveal() } }),
    )
    publishDatasources(center, pair, options.sharedAccount)
    options.say('starting the services')
    const statusToken = randomPassword('status')
    const services = await opening(
      startLabServices({
        directory: join(directory, 'services'),
        center: { servers: [center.url], namespace: '', username: 'nacos', password: nacosPassword },
        instances: instancesFor(options, statusToken),
        signal: options.signal,
      }),
    )
    const balancer = await opening(startLabBalancer(directory, services, options.signal))
    return {
      engine: options.engine,
      directory,
      keeps: options.keep === true,
      seededOrders: spreadRows(options.rows).orders,
      pair,
      center,
      services,
      balancer,
      environment: environmentOf({ pair, center, nacosPassword, statusToken, services, balancer }),
      secrets: [
        ...Object.values(pair.passwords),
        pair.source.admin.password,
        pair.target.admin.password,
        nacosPassword,
        statusToken,
      ],
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
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

interface Parts {
  readonly pair: DatabasePair
  readonly center: RunningNacos
  readonly nacosPassword: Secret
  readonly statusToken: Secret
  readonly services: RunningServices
  readonly balancer: Balancer
}

function environmentOf({
  pair,
  center,
  nacosPassword,
  statusToken,
  services,
  balancer,
}: Parts): Record<string, string> {
  const { source, target, passwords } = pair
  return {
    SOURCE_HOST: source.host,
    SOURCE_PORT: String(source.port),
    SOURCE_USER: source.admin.user,
    SOURCE_PASSWORD: source.admin.password.reveal(),
    TARGET_HOST: target.host,
    TARGET_PORT: String(target.port),
    TARGET_USER: target.admin.user,
    TARGET_PASSWORD: target.admin.password.reveal(),
    NACOS_SERVERS: center.url,
    NACOS_NAMESPACE: '',
    NACOS_USERNAME: 'nacos',
    NACOS_PASSWORD: nacosPassword.reveal(),
    ORDERS_URL: balancer.url,
    ORDERS_1_URL: services.instance('orders-1').url,
    ORDERS_2_URL: services.instance('orders-2').url,
    BALANCER_URL: balancer.url,
    RESTART_COMMAND: services.restartCommand,
    ORDERS_STATUS_TOKEN: statusToken.reveal(),
    ORDERS_APP_PASSWORD: passwords.orders_app.reveal(),
    SHOP_APP_PASSWORD: passwords.shop_app.reveal(),
    ORDERS_RO_PASSWORD: passwords.orders_ro.reveal(),
    ORDERS_RW_PASSWORD: passwords.orders_rw.reveal(),
  }
}
