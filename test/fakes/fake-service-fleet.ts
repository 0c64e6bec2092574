import { documentEditor } from '../../src/config-centers/documents/document-editor.ts'
import { CutoverError } from '../../src/core/errors.ts'
import type { HttpAnswer, HttpRequest, ServiceFleet } from '../../src/core/ports/service-fleet.ts'
import type { ServiceSpec } from '../../src/core/system-specs.ts'
import { addSession, keyOf, mayWrite, type FakeDatabaseState } from './fake-database-server.ts'

/** What an instance took from its document when it last started. */
export interface FakeInstance {
  readonly name: string
  healthy: boolean
  inBalancer: boolean
  datasource: { readonly database: string; readonly user: string } | undefined
  /** True: it does not come up, whatever its document says. */
  broken: boolean
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
  documentText(service: FakeServiceState): string
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
  const found = datasourceOf(world, service)
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
}

function datasourceOf(
  world: FleetWorld,
  service: FakeServiceState,
): { readonly state: FakeDatabaseState; readonly user: string } | undefined {
  const text = world.documentText(service)
  const field = (path: string): string => documentEditor.read(text, 'yaml', path) ?? ''
  const { host, port } = documentEditor.parseAddress(field(service.spec.fields.url))
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
    request: async (request) => {
      if (service.down) throw new CutoverError('system.unreachable', `${service.name} does not answer`)
      return answer(world, service, request)
    },
  }
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
