import { CutoverError } from '../core/errors.ts'
import type { Commands } from '../core/ports/commands.ts'
import type { ConfigCenter } from '../core/ports/config-center.ts'
import type { FoundInstance } from '../core/ports/service-fleet.ts'
import type { FindSpec, ServiceSpec } from '../core/system-specs.ts'

export interface FindingPorts {
  readonly commands: Commands
  configCenter(name: string): ConfigCenter
}

/** The instances of a service, as its description says where they are. See the port for what it throws. */
export async function findInstances(
  service: string,
  { find, instances }: Pick<ServiceSpec, 'find' | 'instances'>,
  ports: FindingPorts,
  signal: AbortSignal,
): Promise<readonly FoundInstance[]> {
  const found = find === undefined ? instances.map(namedAddress) : await look(service, find, ports, signal)
  refuseTwice(service, found)
  return found
}

function namedAddress({ name, url }: FoundInstance): FoundInstance {
  return { name, url }
}

async function look(
  service: string,
  find: FindSpec,
  ports: FindingPorts,
  signal: AbortSignal,
): Promise<readonly FoundInstance[]> {
  if ('command' in find) return readLines(service, await ports.commands.output(find.command, signal))
  const { center, serviceName, group, cluster, port, scheme } = find.nacos
  const registered = await ports.configCenter(center).registered({ serviceName, group, cluster }, signal)
  return registered.map((one) => {
    const host = one.ip.includes(':') ? `[${one.ip}]` : one.ip
    return { name: `${host}:${one.port}`, url: `${scheme}://${host}:${port ?? one.port}` }
  })
}

/** A line that cannot be read may stand for an instance, and an instance that is overlooked goes on writing. */
function readLines(service: string, output: string): readonly FoundInstance[] {
  return output.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const found = readLine(line)
    if (found) return [found]
    throw new CutoverError(
      'system.refused',
      `the command that finds the instances of ${service} printed something else in line ${index + 1}`,
      { where: service, hint: 'It must print one JSON object {"name": …, "url": "http://…"} per line.' },
    )
  })
}

function readLine(line: string): FoundInstance | undefined {
  try {
    const { name, url } = JSON.parse(line) as Record<string, unknown>
    const whole = typeof name === 'string' && name !== '' && typeof url === 'string' && isAddress(url)
    return whole ? { name, url } : undefined
  } catch {
    return undefined // not JSON; the caller says so with the number of the line
  }
}

function isAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

function refuseTwice(service: string, found: readonly FoundInstance[]): void {
  for (const [index, one] of found.entries()) {
    const other = found.slice(0, index).find(({ name, url }) => name === one.name || url === one.url)
    if (!other) continue
    throw new CutoverError(
      'system.refused',
      `${service} has two instances with one name or address: ${other.name} at ${other.url}, ${one.name} at ${one.url}`,
      { where: service, hint: 'Give every instance its own name and its own address.' },
    )
  }
}
