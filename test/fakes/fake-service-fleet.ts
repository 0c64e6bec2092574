import { documentEditor } from '../../src/config-centers/documents/document-editor.ts'
import { CutoverError } from '../../src/core/errors.ts'
import type { InstanceStatus } from '../../src/core/instance-status.ts'
import type { StagedDocument } from '../../src/core/notice.ts'
import type {
  RegisteredInstance,
  RegisteredName,
  StoredDocument,
} from '../../src/core/ports/config-center.ts'
import type {
  HttpAnswer,
  HttpRequest,
  InstanceReport,
  ServiceFleet,
} from '../../src/core/ports/service-fleet.ts'
import type { ServiceSpec } from '../../src/core/system-specs.ts'
import { addSession, keyOf, mayWrite, type FakeDatabaseState } from './fake-database-server.ts'
import { letLive, type FakeHotState } from './fake-hot-instance.ts'
import { noWrites } from './no-writes.ts'

/** What an instance took from its document when it last started. */
export interface FakeInstance {
  readonly name: string
  healthy: boolean
  inBalancer: boolean
  datasource: { readonly database: string; readonly user: string } | undefined
  /** True: it does not come up, whatever its document says. */
  broken: boolean
  /** Of a service that is switched live. */
  readonly hot: FakeHotState
}

export interface FakeServiceState {
  readonly name: string
  readonly spec: ServiceSpec
  readonly instances: FakeInstance[]
  restarts: number
  /** The address does not answer. */
  down: boolean
}

export interface FleetWorld {
  readonly databases: ReadonlyMap<string, FakeDatabaseState>
  /** What the config center gives this instance. */
  documentText(service: FakeServiceState, instance: string): string
  noticeText(): string
  document(ref: StagedDocument): StoredDocument | undefined
  registered(name: RegisteredName): readonly RegisteredInstance[]
  /** By the center's clock. */
  now(): Date
  /** By the runner's clock. */
  runnerNow(): Date
}

/** Starts an instance: it reads its document, logs in to that server and keeps a session there. */
export function startInstance(world: FleetWorld, service: FakeServiceState, instance: FakeInstance): void {
  for (const database of world.databases.values()) {
    database.sessions = database.sessions.filter(({ program }) => program !== instance.name)
  }
  service.restarts += 1
  instance.inBalancer = false
  instance.healthy = false
  instance.datasource = undefined
  const found = datasourceOf(world, service, instance.name)
  if (instance.broken || !found) {
    throw new CutoverError('service.unhealthy', `${instance.name} did not come up healthy; it stays out`, {
      where: service.name,
      hint: `Look at the log of ${instance.name}.`,
    })
  }
  addSession(found.state, found.user, { program: instance.name })
  instance.datasource = { database: found.state.name, user: found.user }
  instance.healthy = true
  instance.inBalancer = true
  Object.assign(instance.hot, { heard: undefined, generation: 0, switchedBy: undefined })
}

/** A document was published: pools that follow it change servers at once, without a restart. */
export function letPoolsFollow(world: FleetWorld, service: FakeServiceState): void {
  for (const instance of service.instances) {
    const found = datasourceOf(world, service, instance.name)
    if (found) moveSessions(world, instance, { database: found.state.name, user: found.user })
  }
}

function datasourceOf(
  world: FleetWorld,
  service: FakeServiceState,
  instance: string,
): { readonly state: FakeDatabaseState; readonly user: string } | undefined {
  const text = world.documentText(service, instance)
  const field = (path: string): string => documentEditor.read(text, 'yaml', path) ?? ''
  // Of several servers this one knows the first.
  const url = field(service.spec.fields.url).replace(/,[^/]*/, '')
  const { host, port } = documentEditor.parseAddress(url)
  const user = field(service.spec.fields.user)
  const state = [...world.databases.values()].find(
    ({ address }) => address.host === host && address.port === port,
  )
  const account = state?.accounts.get(keyOf({ user, host: '%' }))
  const welcome = account && !account.locked && account.password === field(service.spec.fields.password)
  return state && welcome ? { state, user } : undefined
}

/** A service in memory whose instances use the databases of the same world. */
export function createFakeServiceFleet(world: FleetWorld, service: FakeServiceState): ServiceFleet {
  return {
    name: service.name,
    spec: service.spec,
    restart: async (name) => {
      const instance = service.instances.find((one) => one.name === name)
      if (!instance) throw new CutoverError('internal', `no instance ${name}`)
      startInstance(world, service, instance)
    },
    putBack: async (name) => {
      const instance = service.instances.find((one) => one.name === name)
      if (!instance) throw new CutoverError('internal', `no instance ${name}`)
      instance.inBalancer = true
    },
    health: async () =>
      service.instances.map(({ name, healthy }) => ({
        instance: name,
        healthy,
        detail: healthy ? '200 OK' : 'connection refused',
      })),
    instances: async () => {
      const { find, instances } = service.spec
      if (!find || !('nacos' in find)) return instances.map(({ name, url }) => ({ name, url }))
      return world.registered(find.nacos).map(({ ip, port }) => ({ name: ip, url: `http://${ip}:${port}` }))
    },
    status: async ({ name, url }) => statusOf(world, service, name, url),
    statusWhen: async ({ name, url }) => statusOf(world, service, name, url),
    request: async (request) => {
      if (service.down) throw new CutoverError('system.unreachable', `${service.name} does not answer`)
      return answer(world, service, request)
    },
  }
}

/** Milliseconds a question takes there and back. */
const roundTripMs = 2

function statusOf(world: FleetWorld, service: FakeServiceState, name: string, url: string): InstanceReport {
  const instance = service.instances.find((one) => one.name === name)
  if (!instance || instance.hot.silent)
    throw new CutoverError('system.unreachable', `${name} of ${service.name} does not say how it is`, {
      where: url,
    })
  const { hot } = instance
  if (hot.refusesToken)
    throw new CutoverError('system.unauthenticated', `${name} of ${service.name} refuses the token`)
  const status = { ...liveStatus(world, service, instance), ...hot.wrong } as InstanceStatus
  const [field] = Object.keys(hot.wrong)
  if (field !== undefined && field !== 'service')
    throw new CutoverError('system.refused', `${name} of ${service.name}: \`${field}\` is wrong`)
  if (status.service !== service.name)
    throw new CutoverError('system.refused', `${name} of ${service.name} belongs to ${status.service}`)
  const offsetMs = Date.parse(status.now) - world.runnerNow().getTime()
  return { status, offsetMs, roundTripMs }
}

function liveStatus(world: FleetWorld, service: FakeServiceState, instance: FakeInstance): InstanceStatus {
  const { hot } = instance
  const now = world.now().getTime()
  const around = { ...world, service: service.name, fields: service.spec.fields, now }
  const { gate, next, switchesTo } = letLive(hot, around)
  if (switchesTo) moveSessions(world, instance, switchesTo)
  const { heard } = hot
  const busy = hot.longestWorkMs > 0 && gate !== 'closed'
  return {
    kind: 'cutover-instance',
    version: 1,
    service: service.name,
    instance: instance.name,
    now: new Date(now + hot.clockAheadMs).toISOString(),
    notice: heard
      ? { runId: heard.runId, epoch: heard.epoch, phase: heard.phase, holdAt: heard.hold?.at ?? null }
      : null,
    gate,
    refusal: gate === 'refusing' ? 'held for too long' : '',
    generation: hot.generation,
    datasource: addressOf(world, instance.datasource?.database),
    next: next
      ? {
          etag: next.etag,
          datasource: addressOf(world, next.database?.name),
          ready: next.problems.length === 0,
          problems: next.problems,
        }
      : null,
    writes: busy ? { ...noWrites, running: 1, oldestMs: hot.longestWorkMs } : noWrites,
    errors: { mapped: 0, passed: 0, unknown: 0 },
  }
}

function addressOf(world: FleetWorld, name: string | undefined): string {
  const address = world.databases.get(name ?? '')?.address
  return address ? `${address.host}:${address.port}/orders` : ''
}

function moveSessions(
  world: FleetWorld,
  instance: FakeInstance,
  datasource: { readonly database: string; readonly user: string },
): void {
  for (const database of world.databases.values()) {
    database.sessions = database.sessions.filter(({ program }) => program !== instance.name)
  }
  const state = world.databases.get(datasource.database)
  if (state) addSession(state, datasource.user, { program: instance.name })
  instance.datasource = datasource
}

function answer(world: FleetWorld, service: FakeServiceState, request: HttpRequest): HttpAnswer {
  const reply = (status: number, body = ''): HttpAnswer => ({
    status,
    headers: { server: 'fake' },
    body,
    ms: 1,
  })
  const datasource = service.instances.find(({ inBalancer }) => inBalancer)?.datasource
  const database = world.databases.get(datasource?.database ?? '')
  if (!database || !datasource) return reply(502)
  const rows = database.rows.get('orders.orders') ?? []
  if (request.method === 'POST') {
    const { id } = JSON.parse(request.body ?? '{}') as { id: string }
    if (!mayWrite(database, datasource.user, 'orders', 'orders')) return reply(503, 'upgrading')
    if (rows.some((row) => row.id === id)) return reply(409)
    database.rows.set('orders.orders', [...rows, { id }])
    database.position += 1
    return reply(201, id)
  }
  if (request.path === service.spec.healthPath) return reply(200, 'ok')
  const id = request.path.split('/').at(-1) ?? ''
  return rows.some((row) => row.id === id) ? reply(200, JSON.stringify({ id })) : reply(404)
}
