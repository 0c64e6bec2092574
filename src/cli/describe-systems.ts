import { toCutoverError } from '../core/errors.ts'
import type { Playbook } from '../core/playbook.ts'
import type { Ports } from '../core/ports/index.ts'
import type { SystemSpec } from '../core/system-specs.ts'

/** Which real things a playbook's names stand for, so that nobody agrees to move the wrong ones. One line each. */
export async function describeSystems(
  playbook: Playbook,
  ports: Ports,
  signal: AbortSignal,
): Promise<string> {
  const systems = Object.entries(playbook.systems)
  const width = Math.max(...systems.map(([name]) => name.length))
  const lines = await Promise.all(
    systems.map(
      async ([name, spec]) => `  ${name.padEnd(width)}  ${await describe(name, spec, ports, signal)}`,
    ),
  )
  return `systems\n${lines.join('\n')}\n`
}

async function describe(name: string, spec: SystemSpec, ports: Ports, signal: AbortSignal): Promise<string> {
  try {
    switch (spec.kind) {
      case 'database': {
        const { flavour, version, serverUuid } = await ports.database(name).identity(signal)
        const product = flavour === 'mysql' ? 'MySQL' : 'MariaDB'
        return `${product} ${version} at ${spec.host}:${spec.port}, server ${serverUuid}, as ${spec.user}`
      }
      case 'nacos': {
        const { server } = await ports.configCenter(name).capabilities(signal)
        const namespace = spec.namespace === '' ? 'public' : spec.namespace
        return `${server} at ${spec.servers.join(', ')}, namespace ${namespace}`
      }
      case 'native-replication': {
        const { state } = await ports.sync(name).status(signal)
        return `replication from ${spec.from} to ${spec.to}, ${state}`
      }
    }
  } catch (error) {
    signal.throwIfAborted()
    return `cannot be looked at: ${toCutoverError(error).message}`
  }
}
