import { documentEditor } from '../../src/config-centers/documents/document-editor.ts'
import { CutoverError } from '../../src/core/errors.ts'
import type { Json } from '../../src/core/json.ts'
import type {
  CommandResult,
  Comparison,
  DatabaseServer,
  Operator,
  Ports,
  Question,
  ReversedRun,
  ConfigCenter,
  DocumentRef,
  ServiceFleet,
  SyncTask,
} from '../../src/core/ports/index.ts'
import { Secret } from '../../src/core/secret.ts'
import type { StepContext } from '../../src/core/step.ts'
import { serviceSpec, type ServiceSpec } from '../../src/core/system-specs.ts'
import { createCallFailure, failing, type CallFailure } from './fail-at-call.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import {
  createCenterState,
  createFakeConfigCenter,
  documentKey,
  storedDocument,
  type FakeCenterState,
} from './fake-config-center.ts'
import {
  addAccount,
  createDatabaseState,
  createFakeDatabaseServer,
  type FakeDatabaseState,
} from './fake-database-server.ts'
import {
  createFakeServiceFleet,
  letPoolsFollow,
  startInstance,
  type FakeServiceState,
  type FleetWorld,
} from './fake-service-fleet.ts'
import { createHotState } from './fake-hot-instance.ts'
import { createFakeSyncTask, type FakeSyncState } from './fake-sync-task.ts'

/** A small world: source and target, a sync between them, a config center, and `orders` with two instances. */
export interface FakeWorld {
  readonly source: FakeDatabaseState
  readonly target: FakeDatabaseState
  readonly sync: FakeSyncState
  /** From target to source: set up and stopped. */
  readonly reverse: FakeSyncState
  /** The run that is reversed; undefined: none. */
  reversed: ReversedRun | undefined
  readonly center: FakeCenterState
  readonly orders: FakeServiceState
  /** A second service with one instance, restarted and not switched live. Its document is made by {@link addReports}. */
  readonly reports: FakeServiceState
  readonly clock: FakeClock
  readonly failure: CallFailure
  readonly secrets: Map<string, string>
  /** Before-images of other steps of the run, by id. */
  readonly images: Map<string, Json>
  readonly said: string[]
  readonly questions: Question[]
  readonly commandsRun: (readonly string[])[]
  readonly commandEnvironments: Readonly<Record<string, string>>[]
  answer: Awaited<ReturnType<Operator['ask']>>
  commandResult: (argv: readonly string[]) => CommandResult
  comparison: Comparison
  readonly ports: Ports
  readonly fleet: FleetWorld
  context(more?: Partial<StepContext>): StepContext
  /** Everything a run may change, as plain data: sessions (pools reconnect), histories and counters left out. */
  snapshot(): unknown
}

/** A value that must never be seen anywhere. */
export const sentinel = 'S3ntinel-Pa55word'
export const ordersDocument = { group: 'DEFAULT_GROUP', dataId: 'orders.yaml' }
export const noticeDocument = { group: 'DEFAULT_GROUP', dataId: 'cutover-notice.json' }

const documentText = `# the datasource of orders
spring:
  datasource:
    url: jdbc:mysql://10.0.0.1:3306/orders?useSSL=false&serverTimezone=UTC   # moved with care
    username: orders_app
    password: "${sentinel}-app"
server: { port: 8080 }
`

const ordersSpec = serviceSpec.parse({
  document: { center: 'nacos', dataId: 'orders.yaml' },
  url: 'http://lb',
  instances: ['orders-1', 'orders-2'].map((name, index) => ({
    name,
    url: `http://${name}`,
    address: `10.1.0.${index + 1}`,
    restart: { command: ['x'] },
  })),
  hot: { token: 'env:STATUS_TOKEN' },
})

export const reportsDocument = { group: 'DEFAULT_GROUP', dataId: 'reports.yaml' }

const reportsSpec = serviceSpec.parse({
  document: { center: 'nacos', dataId: 'reports.yaml' },
  url: 'http://reports',
  instances: [{ name: 'reports-1', url: 'http://reports-1', restart: { command: ['x'] } }],
})

function createService(name: string, spec: ServiceSpec): FakeServiceState {
  const instances = spec.instances.map((instance) => ({
    name: instance.name,
    healthy: false,
    inBalancer: false,
    datasource: undefined,
    broken: false,
    hot: createHotState(),
  }))
  return { name, spec, instances, restarts: 0, down: false }
}

/** The pools of orders change servers by themselves when its document is published. */
export function letOrdersFollow(world: FakeWorld): void {
  world.center.afterPut = () => letPoolsFollow(world.fleet, world.orders)
}

/** Starts the second service on the source. */
export function addReports(world: FakeWorld): void {
  world.center.documents.set(documentKey(reportsDocument), { content: documentText, meta: { type: 'yaml' } })
  for (const instance of world.reports.instances) startInstance(world.fleet, world.reports, instance)
  world.reports.restarts = 0
}

function createParts() {
  const source = createDatabaseState('source', 3306)
  const target = createDatabaseState('target', 3307)
  const orders = createService('orders', ordersSpec)
  const reports = createService('reports', reportsSpec)
  const sync: FakeSyncState = {
    name: 'sync',
    from: 'source',
    to: 'target',
    state: 'running',
    error: undefined,
    applied: 100,
    blind: false,
  }
  const reverse: FakeSyncState = { ...sync, name: 'reverse', from: 'target', to: 'source', state: 'stopped' }
  return {
    source,
    target,
    orders,
    reports,
    sync,
    reverse,
    center: createCenterState('nacos'),
    clock: createFakeClock(),
  }
}

function createFleetWorld({ source, target, center, clock }: ReturnType<typeof createParts>): FleetWorld {
  const startedAt = clock.now().getTime()
  const textOf = (ref: DocumentRef): string => center.documents.get(documentKey(ref))?.content ?? ''
  return {
    databases: new Map([source, target].map((state) => [state.name, state])),
    documentText: ({ spec }, instance) => {
      const gray = center.gray.get(documentKey(spec.document))
      const address = spec.instances.find(({ name }) => name === instance)?.address ?? ''
      return gray?.addresses.includes(address) ? gray.content : textOf(spec.document)
    },
    noticeText: () => textOf(noticeDocument),
    document: (ref) => storedDocument(center, ref),
    registered: ({ group, serviceName }) => center.registered.get(`${group}/${serviceName}`) ?? [],
    now: () => new Date(startedAt + clock.monotonicMs()),
    runnerNow: () => clock.now(),
  }
}

export function createFakeWorld(): FakeWorld {
  const parts = createParts()
  const { source, orders, center } = parts
  const fleetWorld = createFleetWorld(parts)
  const grants = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].map((privilege) => `${privilege} ON orders.*`)
  addAccount(source, 'orders_app', `${sentinel}-app`, grants)
  center.documents.set(documentKey(ordersDocument), { content: documentText, meta: { type: 'yaml' } })
  for (const instance of orders.instances) startInstance(fleetWorld, orders, instance)
  orders.restarts = 0

  const world: FakeWorld = {
    ...parts,
    failure: createCallFailure(),
    secrets: new Map([
      ['env:ORDERS_APP_PASSWORD', `${sentinel}-app`],
      ['env:ORDERS_RO_PASSWORD', `${sentinel}-ro`],
      ['env:ORDERS_RW_PASSWORD', `${sentinel}-rw`],
      ['env:STATUS_TOKEN', `${sentinel}-token`],
    ]),
    images: new Map(),
    fleet: fleetWorld,
    reversed: undefined,
    said: [],
    questions: [],
    commandsRun: [],
    commandEnvironments: [],
    answer: { agreed: true, by: 'ann@desk', how: 'typed' },
    commandResult: () => ({ exitCode: 0, outputTail: '' }),
    comparison: { equal: true, rowsCompared: 0, tables: [] },
    get ports() {
      return ports
    },
    context: (more = {}) => ({
      runId: 'run-1',
      epoch: 1,
      stepId: 'step-1',
      ports,
      signal: new AbortController().signal,
      before: (stepId) => world.images.get(stepId),
      say: (text) => world.said.push(text),
      ...more,
    }),
    snapshot: () => snapshotOf(parts),
  }
  const ports = createPorts(world, fleetWorld)
  return world
}

function createPorts(world: FakeWorld, fleetWorld: FleetWorld): Ports {
  const { source, target, failure, clock } = world
  const startedAt = clock.now().getTime()
  // Another machine: its clock is right, whatever the runner's is set to.
  const centerTime = (): Date => new Date(startedAt + clock.monotonicMs())
  const databases = new Map<string, DatabaseServer>(
    [source, target].map((state) => [state.name, failing(createFakeDatabaseServer(state), failure)]),
  )
  const syncs = new Map<string, SyncTask>([
    ['sync', failing(createFakeSyncTask(world.sync, source), failure)],
    ['reverse', failing(createFakeSyncTask(world.reverse, target), failure)],
  ])
  const centers = new Map<string, ConfigCenter>([
    ['nacos', failing(createFakeConfigCenter(world.center, centerTime), failure)],
  ])
  const services = new Map<string, ServiceFleet>([
    ['orders', failing(createFakeServiceFleet(fleetWorld, world.orders), failure)],
    ['reports', failing(createFakeServiceFleet(fleetWorld, world.reports), failure)],
  ])
  return {
    database: lookUp(databases),
    sync: lookUp(syncs),
    configCenter: lookUp(centers),
    service: lookUp(services),
    notice: { center: 'nacos', ...noticeDocument },
    get reversed() {
      return world.reversed
    },
    documents: documentEditor,
    rows: failing({ compare: async () => world.comparison }, failure),
    commands: failing(
      {
        run: async (argv, env) => {
          world.commandsRun.push(argv)
          world.commandEnvironments.push(env)
          return world.commandResult(argv)
        },
        output: async (argv) => {
          world.commandsRun.push(argv)
          return world.commandResult(argv).outputTail
        },
      } satisfies Ports['commands'],
      failure,
    ),
    operator: failing(
      {
        ask: async (question) => {
          world.questions.push(question)
          return world.answer
        },
      } satisfies Operator,
      failure,
    ),
    secrets: failing({ resolve: async (ref: string) => resolveSecret(world, ref) }, failure),
    clock: world.clock,
  }
}

function resolveSecret(world: FakeWorld, ref: string): Secret {
  const value = world.secrets.get(ref)
  if (value === undefined)
    throw new CutoverError('secret.unresolved', `${ref} is not set`, { hint: `Set ${ref}.` })
  return new Secret(ref, value)
}

function lookUp<T>(map: ReadonlyMap<string, T>): (name: string) => T {
  return (name) => {
    const found = map.get(name)
    if (found === undefined) throw new CutoverError('internal', `no ${name} in the fake world`)
    return found
  }
}

function snapshotOf(world: ReturnType<typeof createParts>): unknown {
  const databases = [world.source, world.target].map((state) => ({
    name: state.name,
    settings: state.settings,
    accounts: [...state.accounts.entries()].sort(([a], [b]) => a.localeCompare(b)),
    rows: [...state.rows.entries()],
    readOnlySchemas: [...state.readOnlySchemas],
    releases: state.releases,
  }))
  return structuredClone({
    databases,
    sync: { state: world.sync.state, error: world.sync.error },
    reverse: { state: world.reverse.state, error: world.reverse.error },
    documents: [...world.center.documents.entries()].sort(([a], [b]) => a.localeCompare(b)),
    gray: [...world.center.gray.entries()],
    // What a process has heard is no part of it: a notice that is taken back was heard all the same.
    instances: [...world.orders.instances, ...world.reports.instances].map((one) => ({
      name: one.name,
      healthy: one.healthy,
      inBalancer: one.inBalancer,
      datasource: one.datasource,
      broken: one.broken,
      generation: one.hot.generation,
    })),
  })
}
