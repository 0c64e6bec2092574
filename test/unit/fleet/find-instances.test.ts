import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConfigCenter } from '../../../src/core/ports/config-center.ts'
import { isCutoverError, type CutoverError } from '../../../src/core/errors.ts'
import type { FoundInstance } from '../../../src/core/ports/service-fleet.ts'
import { systemClock } from '../../../src/core/system-clock.ts'
import { serviceSpec } from '../../../src/core/system-specs.ts'
import { openNacosCenter } from '../../../src/config-centers/nacos/open-nacos-center.ts'
import { openServiceFleet } from '../../../src/fleet/open-service-fleet.ts'
import { startNacosServer, type RunningNacos } from '../../../src/lab/center/start-nacos-server.ts'
import { fleetPorts } from './fleet-ports.ts'
import { startTinyService } from './tiny-service.ts'

const soon = () => AbortSignal.timeout(5000)
const base = { document: { center: 'nacos', dataId: 'orders.yaml' }, url: 'http://lb' }

function find(find: unknown, center?: ConfigCenter): Promise<readonly FoundInstance[]> {
  const spec = serviceSpec.parse({ ...base, find })
  const ports = { ...fleetPorts(), ...(center && { configCenter: () => center }) }
  return openServiceFleet('orders', spec, ports).instances(soon())
}

async function failureOf(promise: Promise<unknown>): Promise<CutoverError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (isCutoverError(error)) return error
  throw new Error('it did not fail as expected', { cause: error })
}

it('wants instances, or a way to find them', () => {
  expect(serviceSpec.safeParse(base).success).toBe(false)
})

describe('instances found by a command', () => {
  const print = (text: string) => find({ command: ['/bin/sh', '-c', `printf '%b' '${text}'`] })

  it('are one JSON object per line, whatever was written to the error stream', async () => {
    const script = `echo noise >&2; printf '%s\\n\\n%s\\n' '{"name":"a","url":"http://10.0.0.1:1/x"}' '{"name":"b","url":"https://h:2","zone":7}'`
    expect(await find({ command: ['/bin/sh', '-c', script] })).toEqual([
      { name: 'a', url: 'http://10.0.0.1:1/x' },
      { name: 'b', url: 'https://h:2' },
    ])
  })

  it.each([
    ['is no JSON', 'a http://h:1'],
    ['has no name', '{"url":"http://h:1"}'],
    ['has no address', '{"name":"b","url":"h:1"}'],
    ['is no object', 'null'],
  ])('are not believed when a line %s', async (_why, line) => {
    const error = await failureOf(print(`{"name":"a","url":"http://h:1"}\\n${line}\\n`))
    expect(error).toMatchObject({ code: 'system.refused', message: expect.stringContaining('line 2') })
  })

  it('are not believed when two have one name or one address', async () => {
    const twice = `{"name":"a","url":"http://h:1"}\\n{"name":"b","url":"http://h:1"}\\n`
    expect((await failureOf(print(twice))).message).toMatch(/two instances .*http:\/\/h:1/)
  })

  it('are unknown when the command fails or does not exist', async () => {
    const failed = await failureOf(find({ command: ['/bin/sh', '-c', 'echo half; exit 3'] }))
    expect(failed).toMatchObject({ code: 'command.failed', message: expect.stringContaining('status 3') })
    expect((await failureOf(find({ command: ['/no/such/program'] }))).code).toBe('command.failed')
  })
})

describe.each(['2.5', '3.1', '3.2'] as const)('instances registered in Nacos %s', (flavour) => {
  let server: RunningNacos
  let center: ConfigCenter
  beforeEach(async () => {
    server = await startNacosServer({ flavour, namespaces: ['shop'] })
    center = await openCenter('')
  })
  afterEach(async () => {
    await center[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  function openCenter(namespace: string): Promise<ConfigCenter> {
    const spec = { kind: 'nacos' as const, servers: [server.url], contextPath: '/nacos', namespace }
    return openNacosCenter('nacos', spec, fleetPorts().secrets, systemClock)
  }

  it('are those that are healthy and enabled, of the name, group and cluster', async () => {
    const one = { serviceName: 'orders', ip: '10.0.0.1', port: 8080 }
    server.registry.set([
      one,
      { ...one, ip: '10.0.0.2', cluster: 'B' },
      { ...one, ip: '10.0.0.3', healthy: false },
      { ...one, ip: '10.0.0.4', enabled: false },
      { ...one, ip: '10.0.0.5', group: 'other' },
      { ...one, ip: '10.0.0.6', serviceName: 'billing' },
      { ...one, ip: '10.0.0.7', namespace: 'shop' },
    ])
    const nacos = { center: 'nacos', serviceName: 'orders' }
    expect(await find({ nacos }, center)).toEqual([
      { name: '10.0.0.1:8080', url: 'http://10.0.0.1:8080' },
      { name: '10.0.0.2:8080', url: 'http://10.0.0.2:8080' },
    ])
    expect(await find({ nacos: { ...nacos, cluster: 'B', port: 9090, scheme: 'https' } }, center)).toEqual([
      { name: '10.0.0.2:8080', url: 'https://10.0.0.2:9090' },
    ])
    await using shop = await openCenter('shop')
    expect((await find({ nacos }, shop)).map(({ name }) => name)).toEqual(['10.0.0.7:8080'])
  })

  it('are none under a name that nobody has registered', async () => {
    expect(await find({ nacos: { center: 'nacos', serviceName: 'nobody' } }, center)).toEqual([])
  })
})

it('asks for a status again and again over one connection', async () => {
  await using tiny = await startTinyService()
  const fleet = openServiceFleet('orders', tiny.spec, fleetPorts())
  const [first] = await fleet.instances(soon())
  if (!first) throw new Error('no instance')
  for (let look = 1; look <= 20; look += 1) await fleet.status(first, soon())
  expect(tiny.instances[0]?.connections.size).toBe(1)
})
