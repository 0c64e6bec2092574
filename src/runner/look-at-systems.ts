import { orAborted, startDeadline } from '../core/deadline.ts'
import type { CenterSpec } from '../core/center-specs.ts'
import type { Playbook } from '../core/playbook.ts'
import type { Ports } from '../core/ports/index.ts'
import type { SystemSpec } from '../core/system-specs.ts'
import type { PlanSystem } from './plan.ts'
import { failureOf } from './run.ts'

/** A look is a read; one that takes longer than this will not come. */
const lookMs = 30_000

/**
 * Which real things a playbook's names stand for. Part of the plan, so that nobody agrees to move one server and then
 * moves another one that answers at the same address.
 * @throws only when the signal fires.
 */
export function lookAtSystems(
  playbook: Playbook,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly PlanSystem[]> {
  const systems = Object.entries(playbook.systems)
  return Promise.all(systems.map(([name, spec]) => lookAt(name, spec, ports, signal)))
}

async function lookAt(
  name: string,
  spec: SystemSpec,
  ports: Ports,
  signal: AbortSignal,
): Promise<PlanSystem> {
  using deadline = startDeadline(ports.clock, lookMs, `the look at ${name}`, signal)
  try {
    return { name, is: await orAborted(describe(name, spec, ports, deadline.signal), deadline.signal) }
  } catch (error) {
    signal.throwIfAborted()
    return { name, is: '', cannotBeLookedAt: failureOf(error, deadline.signal) }
  }
}

async function describe(name: string, spec: SystemSpec, ports: Ports, signal: AbortSignal): Promise<string> {
  switch (spec.kind) {
    case 'database': {
      const { flavour, version, serverUuid } = await ports.database(name).identity(signal)
      const product = flavour === 'mysql' ? 'MySQL' : 'MariaDB'
      return `${product} ${version} at ${spec.host}:${spec.port}, server ${serverUuid}, as ${spec.user}`
    }
    case 'nacos':
    case 'etcd':
    case 'apollo':
    case 'file':
      return `${await productOf(name, ports, signal)} ${placeOf(spec)}`
    case 'native-replication': {
      const { state } = await ports.sync(name).status(signal)
      return `replication from ${spec.from} to ${spec.to}, ${state}`
    }
  }
}

async function productOf(center: string, ports: Ports, signal: AbortSignal): Promise<string> {
  const { server } = await ports.configCenter(center).capabilities(signal)
  return server
}

/** Which documents a config center's settings stand for. */
function placeOf(spec: CenterSpec): string {
  switch (spec.kind) {
    case 'nacos':
      return `at ${spec.servers.join(', ')}, namespace ${spec.namespace === '' ? 'public' : spec.namespace}`
    case 'etcd':
      return `at ${spec.servers.join(', ')}, keys that begin with ${spec.prefix}`
    case 'apollo': {
      const { portal, env, app, cluster, configServers } = spec
      return `at ${portal}, env ${env}, app ${app}, cluster ${cluster}, read from ${configServers.join(', ')}`
    }
    case 'file':
      return `in ${spec.directory}${spec.git ? ', committed with git' : ''}`
  }
}
