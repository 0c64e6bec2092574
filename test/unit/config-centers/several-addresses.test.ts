import { afterEach, describe, expect, it } from 'vitest'
import { startNacosServer } from '../../../src/lab/center/start-nacos-server.ts'
import type { RunningNacos } from '../../../src/lab/center/start-nacos-server.ts'
import { content, key, openCenter, ref, soon } from './nacos-bench.ts'

const opened: AsyncDisposable[] = []
const later = <T extends AsyncDisposable>(one: T): T => {
  opened.push(one)
  return one
}
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

const start = async (): Promise<RunningNacos> =>
  later(await startNacosServer({ flavour: '3.1', publishDelayMs: 5 }))

describe('of several addresses', () => {
  it('one that takes connections and never answers does not eat the deadline of a read', async () => {
    const [silent, speaking] = [await start(), await start()]
    speaking.documents.publish(key('3.1'), { content, user: '', ip: '' }, '')
    silent.setFault(() => 'hang')
    const center = later(await openCenter([silent.url, speaking.url]))
    // Five seconds of the center's clock: what one request to the silent one alone may take.
    const document = await center.get(ref, AbortSignal.timeout(5000))
    expect(document?.content).toBe(content)
    const asked = silent.requests
    await center.get(ref, soon())
    expect(silent.requests).toBe(asked)
  })

  it('all are asked before a read fails, and each is named with its reason', async () => {
    const [silent, down] = [await start(), await start()]
    silent.setFault(() => 'hang')
    await down.setDown(true)
    const center = later(await openCenter([silent.url, down.url]))
    const error: unknown = await center.get(ref, soon()).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'system.unreachable' })
    expect(String(error)).toMatch(new RegExp(`${silent.port}/nacos \\(no answer within`))
    expect(String(error)).toMatch(new RegExp(`${down.port}/nacos \\(ECONNREFUSED`))
  })

  it('each tells of its own health, also while another is silent', async () => {
    const [silent, speaking] = [await start(), await start()]
    silent.setFault(() => 'hang')
    const center = later(await openCenter([silent.url, speaking.url]))
    expect(await center.health(soon())).toMatchObject([
      { server: `${silent.url}/nacos`, healthy: false },
      { server: `${speaking.url}/nacos`, healthy: true },
    ])
  })
})
