import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNacosCenter } from '../../src/config-centers/nacos/open-nacos-center.ts'
import type { ConfigCenter } from '../../src/core/ports/config-center.ts'
import type { Notice } from '../../src/core/notice.ts'
import type { ServiceFleet } from '../../src/core/ports/service-fleet.ts'
import { createRedactor } from '../../src/core/redact.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import { serviceSpec } from '../../src/core/system-specs.ts'
import { openCommands } from '../../src/fleet/commands.ts'
import { openServiceFleet } from '../../src/fleet/open-service-fleet.ts'
import type { Balancer } from '../../src/lab/balancer/balancer.ts'
import { startBalancerProcess } from '../../src/lab/balancer/start-balancer.ts'
import { startNacosServer } from '../../src/lab/center/start-nacos-server.ts'
import { createAccountStatements } from '../../src/lab/servers/create-account.ts'
import { randomPassword } from '../../src/lab/servers/random-password.ts'
import { runAsRoot } from '../../src/lab/servers/run-as-root.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import { billingSchema, ordersSchema } from '../../src/lab/servers/schemas.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'
import type { RunningServices } from '../../src/lab/services/start-services.ts'
import { startServices } from '../../src/lab/services/start-services.ts'

/** One database, a config center, the sample services and the balancer: enough for what services do in a window. */
export interface ServiceLab extends AsyncDisposable {
  readonly database: RunningDatabase
  readonly services: RunningServices
  readonly balancer: Balancer
  readonly directory: string
  /** The orders service as a run sees it. */
  readonly orders: ServiceFleet
  /** Publishes which account orders uses; takes effect at the next restart. */
  useAccount(user: 'orders_app' | 'orders_ro'): Promise<void>
  /** Publishes a notice for orders and waits until ordinary clients read it. */
  announce(phase: Notice['phase'], changes?: Partial<Notice>): Promise<void>
  root(statement: string): Promise<void>
  /** The config center does not answer any more, or does again. */
  setCenterDown(down: boolean): Promise<void>
}

const center = { username: 'nacos', password: 'lab-nacos-password' }
const never = new AbortController().signal

export async function openServiceLab(): Promise<ServiceLab> {
  const stack = new AsyncDisposableStackLike()
  try {
    return await build(stack)
  } catch (error) {
    await stack.close()
    throw error
  }
}

async function build(stack: AsyncDisposableStackLike): Promise<ServiceLab> {
  const directory = await mkdtemp(join(tmpdir(), 'service-lab-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const database = stack.use(
    await startDatabase({
      engine: 'mariadb',
      directory: join(directory, 'db'),
      serverId: 1,
      movedSchemas: ['orders'],
    }),
  )
  const passwords = await furnish(database)
  const nacos = stack.use(await startNacosServer({ flavour: '3.1', auth: center }))
  const servers = [nacos.url]
  const secrets = { resolve: () => Promise.resolve(new Secret('nacos', center.password)) }
  const spec = {
    kind: 'nacos',
    servers,
    contextPath: '/nacos',
    namespace: '',
    username: 'nacos',
    password: 'env:X',
  } as const
  const documents = stack.use(await openNacosCenter('nacos', spec, secrets, systemClock))
  const useAccount = (user: 'orders_app' | 'orders_ro'): Promise<void> =>
    publish(documents, 'orders.yaml', ordersDocument(database.port, user, passwords[user]))
  await useAccount('orders_app')
  await publish(documents, 'billing.properties', billingDocument(database.port, passwords.billing_app))
  const settings = {
    servers,
    namespace: '',
    username: center.username,
    password: new Secret('nacos', center.password),
  }
  const signal = AbortSignal.timeout(60_000)
  const services = stack.use(await startServices({ directory, center: settings, signal }))
  const balancer = stack.use(
    await startBalancerProcess({
      directory,
      signal,
      healthPath: '/health',
      servers: services.instances.filter(({ name }) => name.startsWith('orders')),
    }),
  )
  return {
    database,
    services,
    balancer,
    directory,
    orders: fleetOf(services, balancer),
    useAccount,
    announce: (phase, changes) => publish(documents, 'cutover-notice.json', notice(phase, changes)),
    root: (statement) => runAsRoot(database, [statement], { signal: never }),
    setCenterDown: (down) => nacos.setDown(down),
    [Symbol.asyncDispose]: () => stack.close(),
  }
}

async function furnish(database: RunningDatabase) {
  const passwords = {
    orders_app: randomPassword('orders_app'),
    orders_ro: randomPassword('orders_ro'),
    billing_app: randomPassword('billing_app'),
  }
  const all = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
  const statements = [
    ...ordersSchema,
    ...billingSchema,
    ...createAccountStatements('orders_app', passwords.orders_app, [{ privileges: all, on: 'orders.*' }]),
    ...createAccountStatements('orders_ro', passwords.orders_ro, [
      { privileges: ['SELECT'], on: 'orders.*' },
    ]),
    ...createAccountStatements('billing_app', passwords.billing_app, [{ privileges: all, on: 'billing.*' }]),
  ]
  await runAsRoot(database, statements, { signal: never })
  return passwords
}

function fleetOf(services: RunningServices, balancer: Balancer): ServiceFleet {
  const instances = ['orders-1', 'orders-2'].map((name) => ({
    name,
    url: services.instance(name).url,
    takeOut: { request: `PUT ${balancer.url}/servers/${name}/drain` },
    restart: { command: [services.restartCommand, name] },
    putBack: { request: `PUT ${balancer.url}/servers/${name}/ready` },
  }))
  const document = { center: 'nacos', dataId: 'orders.yaml' }
  const spec = serviceSpec.parse({ document, url: balancer.url, instances })
  const commands = openCommands({ redactor: createRedactor() })
  const unused = (): never => {
    throw new Error('restarts need neither a config center nor a secret')
  }
  const ports = { commands, clock: systemClock, configCenter: unused, secrets: { resolve: unused } }
  return openServiceFleet('orders', spec, ports)
}

function ordersDocument(port: number, user: string, password: Secret): string {
  return [
    'spring:',
    '  datasource:',
    `    url: jdbc:mysql://127.0.0.1:${port}/orders?useSSL=false`,
    `    username: ${user}`,
    `    password: ${password.reveal()}`,
    '',
  ].join('\n')
}

function billingDocument(port: number, password: Secret): string {
  return [
    `spring.datasource.url=jdbc:mysql://127.0.0.1:${port}/billing`,
    'spring.datasource.username=billing_app',
    `spring.datasource.password=${password.reveal()}`,
    '',
  ].join('\n')
}

function notice(phase: Notice['phase'], changes: Partial<Notice> = {}): string {
  const now = Date.now()
  return JSON.stringify({
    kind: 'cutover-notice',
    version: 1,
    runId: 'test-run',
    epoch: 1,
    phase,
    services: ['orders'],
    since: new Date(now).toISOString(),
    until: new Date(now + 600_000).toISOString(),
    retryAfterSeconds: 30,
    ...changes,
  })
}

async function publish(documents: ConfigCenter, dataId: string, content: string): Promise<void> {
  const ref = { group: 'DEFAULT_GROUP', dataId }
  const { etag } = await documents.put(ref, content, { expect: 'any' }, never)
  await documents.awaitVisible(ref, etag, never)
}

/** Node 20 has no AsyncDisposableStack. */
class AsyncDisposableStackLike {
  readonly #closers: (() => Promise<void>)[] = []

  use<T extends AsyncDisposable>(handle: T): T {
    this.defer(() => Promise.resolve(handle[Symbol.asyncDispose]()))
    return handle
  }

  defer(closer: () => Promise<void>): void {
    this.#closers.unshift(closer)
  }

  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0)) await closer()
  }
}
