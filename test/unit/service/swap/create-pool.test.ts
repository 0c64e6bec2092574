import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunningNacos } from '../../../../src/lab/center/start-nacos-server.ts'
import { startNacosServer } from '../../../../src/lab/center/start-nacos-server.ts'
import type { CreatePoolOptions, CutoverPool } from '../../../../src/service/mysql2.ts'
import { createPool } from '../../../../src/service/mysql2.ts'
import { holdingNow } from '../holding-now.ts'

// Nothing listens there, and nothing of what is tested here needs that.
const url = 'jdbc:mysql://127.0.0.1:9/shop'
const datasource = `spring:\n  datasource: { url: '${url}', username: app, password: hidden-word }\n`
let center: RunningNacos
let pool: CutoverPool | undefined

beforeEach(async () => {
  center = await startNacosServer({ flavour: '3.1', publishDelayMs: 0 })
})
afterEach(async () => {
  await pool?.[Symbol.asyncDispose]()
  pool = undefined
  await center[Symbol.asyncDispose]()
})

async function publish(dataId: string, content: string): Promise<void> {
  const key = { tenant: 'public', group: 'DEFAULT_GROUP', dataId }
  center.documents.publish(key, { content, user: 'test', ip: '127.0.0.1' }, '')
  await expect.poll(() => center.documents.visible(key)?.content, { interval: 2 }).toBe(content)
}

const open = async (options: Partial<CreatePoolOptions> = {}) => {
  pool = await createPool({
    service: 'orders',
    instance: 'orders-1',
    center: { servers: [center.url] },
    datasource: { dataId: 'orders.yaml' },
    startWithinMs: 5000,
    ...options,
  })
  return pool
}

describe('a service that starts', () => {
  it('has its datasource and knows that there is no notice', async () => {
    await publish('orders.yaml', datasource)
    const { status } = await open()
    expect(status()).toMatchObject({
      kind: 'cutover-instance',
      service: 'orders',
      instance: 'orders-1',
      notice: null,
      gate: 'open',
      generation: 0,
      datasource: '127.0.0.1:9/shop',
      next: null,
      errors: { mapped: 0, passed: 0, unknown: 0 },
    })
  })

  it('in the middle of a hold begins with a closed gate', async () => {
    await publish('orders.yaml', datasource)
    await publish('cutover-notice.json', holdingNow(createHash('md5').update('x').digest('hex')))
    const edges: string[] = []
    const { status, gate, notices } = await open({ onEdge: ({ from, to }) => edges.push(`${from} ${to}`) })
    expect(edges).toEqual(['open closing', 'closing closed'])
    expect(status()).toMatchObject({ gate: 'closed', notice: { runId: 'run-1', phase: 'holding' } })
    expect(status().next).toMatchObject({ ready: false, datasource: '' })
    expect(gate.tryEnter()).toBeUndefined()
    expect(notices.window()?.notice.runId).toBe('run-1')
  })

  it('waits for a datasource that comes a moment later', async () => {
    const opening = open()
    await publish('orders.yaml', datasource)
    expect((await opening).status().datasource).toBe('127.0.0.1:9/shop')
  })

  it.each([
    ['is away', () => center.setDown(true)],
    ['knows no datasource of it', () => Promise.resolve()],
  ])('gives up in time when the config center %s', async (_name, prepare) => {
    await prepare()
    await expect(open({ startWithinMs: 300 })).rejects.toThrow(
      'reading datasource and notice of orders did not finish within 300 ms',
    )
  })

  it('gives up when it is told to', async () => {
    const stop = new AbortController()
    const opening = open({ signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
  })

  it('refuses a document without the fields, and says none of its content', async () => {
    await publish('orders.yaml', datasource.replace('username', 'name'))
    const refusal = await open().catch(String)
    expect(refusal).toContain('orders.yaml has no spring.datasource.username')
    expect(refusal).not.toContain('hidden-word')
  })
})

describe('the pool', () => {
  it('counts errors by what became of them', async () => {
    await publish('orders.yaml', datasource)
    const { status, countError } = await open()
    countError('mapped')
    countError('mapped')
    countError('unknown')
    expect(status().errors).toEqual({ mapped: 2, passed: 0, unknown: 1 })
  })

  it('tells its status to nobody without a token', async () => {
    await publish('orders.yaml', datasource)
    const { handleStatus, serveStatus } = await open()
    expect(handleStatus({ url: '/cutover/status' } as never, {} as never)).toBe(false)
    await expect(serveStatus({ port: 0 })).rejects.toThrow('without a token')
  })

  it('stays where it is when another datasource is published, and says so', async () => {
    await publish('orders.yaml', datasource)
    const warnings: object[] = []
    const quiet = (): void => undefined
    const log = { debug: quiet, info: quiet, error: quiet, warn: (fields: object) => warnings.push(fields) }
    const { status } = await open({ log })
    await publish('orders.yaml', `# the same, with a note\n${datasource}`)
    await publish('orders.yaml', datasource.replace(':9/', ':10/'))
    await expect.poll(() => warnings).toEqual([{ published: '127.0.0.1:10/shop', inUse: '127.0.0.1:9/shop' }])
    expect(status()).toMatchObject({ datasource: '127.0.0.1:9/shop', generation: 0, gate: 'open' })
  })

  it('leaves nothing behind when it is disposed of', async () => {
    await publish('orders.yaml', datasource)
    await publish('cutover-notice.json', holdingNow(createHash('md5').update('x').digest('hex')))
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const opened = await open()
    await opened[Symbol.asyncDispose]()
    pool = undefined
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThanOrEqual(
      before,
    )
    // What was on its way when it ended has arrived by the first change.
    await publish('cutover-notice.json', holdingNow(createHash('md5').update('x').digest('hex')))
    const requests = center.requests
    await publish('cutover-notice.json', `${holdingNow(createHash('md5').update('x').digest('hex'))}\n`)
    expect(center.requests).toBe(requests)
  })
})
