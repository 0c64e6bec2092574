import { json, result } from './http-exchange.ts'
import type { NacosRequest } from './http-exchange.ts'
import type { Routes } from './routes.ts'

/** An instance of a service as somebody registered it. */
export interface Registration {
  readonly serviceName: string
  /** Default: DEFAULT_GROUP. */
  readonly group?: string
  /** Default: DEFAULT. */
  readonly cluster?: string
  /** Default: the public one. */
  readonly namespace?: string
  readonly ip: string
  readonly port: number
  /** Default: true. */
  readonly healthy?: boolean
  /** Default: true. */
  readonly enabled?: boolean
}

/** Who is registered; heartbeats are not needed here. */
export class Registry {
  #all: readonly Registration[] = []

  /** Replaces everything that was registered before. */
  set(all: readonly Registration[]): void {
    this.#all = all
  }

  find(wanted: { serviceName: string; group: string; namespace: string; clusters: string }): object[] {
    const clusters = wanted.clusters === '' ? undefined : wanted.clusters.split(',')
    return this.#all
      .filter(
        ({ serviceName, group = 'DEFAULT_GROUP', cluster = 'DEFAULT', namespace = 'public' }) =>
          serviceName === wanted.serviceName &&
          group === wanted.group &&
          namespace === wanted.namespace &&
          (clusters?.includes(cluster) ?? true),
      )
      .map(rowOf)
  }
}

function rowOf({
  ip,
  port,
  serviceName,
  group = 'DEFAULT_GROUP',
  cluster = 'DEFAULT',
  ...more
}: Registration) {
  return {
    instanceId: `${ip}#${port}#${cluster}#${group}@@${serviceName}`,
    ip,
    port,
    weight: 1,
    healthy: more.healthy ?? true,
    enabled: more.enabled ?? true,
    ephemeral: true,
    clusterName: cluster,
    serviceName: `${group}@@${serviceName}`,
    metadata: {},
  }
}

export const registryRoutesV1: Routes = {
  'GET /v1/ns/instance/list': {
    answer(request, backend) {
      const wanted = wantedIn(request, 'clusters')
      const { serviceName, group } = wanted
      const hosts = backend.registry.find(wanted)
      return json(200, { name: `${group}@@${serviceName}`, groupName: group, clusters: '', hosts })
    },
  },
}

export const registryRoutesV3: Routes = {
  'GET /v3/client/ns/instance/list': {
    answer: (request, backend) =>
      result(200, 0, 'success', backend.registry.find(wantedIn(request, 'clusterName'))),
  },
}

function wantedIn({ fields }: NacosRequest, clusters: string) {
  const field = (name: string, fallback = ''): string => fields.get(name) ?? fallback
  return {
    serviceName: field('serviceName'),
    group: field('groupName', 'DEFAULT_GROUP'),
    namespace: field('namespaceId', 'public') || 'public',
    clusters: field(clusters),
  }
}
