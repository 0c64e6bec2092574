import { describe, expect, it } from 'vitest'
import { playbookItems } from '../../../src/core/playbook.ts'
import { changed, goodText, load, loadGood, variables } from './sample.ts'

describe('a playbook without mistakes', () => {
  const playbook = loadGood(goodText)
  const items = Object.fromEntries(playbookItems(playbook).map((item) => [item.id, item]))

  it('has its variables, defaults and types', () => {
    expect(playbook).toMatchObject({ name: 'move-orders', confirm: 'orders-target', pauseBudgetMs: 90_000 })
    expect(playbook.systems.source).toMatchObject({ host: '10.0.0.1', port: 3306 })
    expect(playbook.systems.target).toMatchObject({ host: '10.0.0.2', port: 3307 })
    expect(playbook.systems.nacos).toMatchObject({ namespace: '', servers: ['http://10.0.0.3:8848'] })
    expect(playbook.services.orders).toMatchObject({
      healthPath: '/health',
      document: { group: 'DEFAULT_GROUP' },
    })
    expect(playbook.notice).toEqual({ center: 'nacos', dataId: 'notice.json', group: 'DEFAULT_GROUP' })
  })

  it('names the variables its values were made with, and none that only a comment mentions', () => {
    const result = load(`${goodText}# \${ORDERS_PASSWORD} is not here\n`)
    expect(result).toMatchObject({ ok: true, variables: expect.arrayContaining(['SOURCE_HOST']) as string[] })
    expect(result.ok && result.variables).not.toContain('ORDERS_PASSWORD')
  })

  it('has the items of each phase in order, with the kind as default id', () => {
    const ids = Object.entries(playbook.phases).map(([phase, list]) => [phase, list.map(({ id }) => id)])
    expect(Object.fromEntries(ids)).toEqual({
      prepare: ['caught-up', 'create-account'],
      pause: ['tell', 'open-target', 'caught-up-again'],
      settle: ['tell-done'],
    })
  })

  it('has settings as their kind returned them', () => {
    expect(items['create-account']?.with).toEqual({
      database: 'target',
      account: { user: 'orders_ro', host: '%' },
      password: 'env:ORDERS_PASSWORD',
      rights: 'read-only',
      tables: [{ schema: 'orders' }],
    })
    expect(items['tell-done']?.with).toMatchObject({ validFor: 60_000 })
  })

  it('has the deadline of the item, else of the kind, else a minute', () => {
    expect(items['open-target']).toMatchObject({ deadlineMs: 30_000 })
    expect(items.tell).toMatchObject({ deadlineMs: 5000 })
    expect(items['create-account']).toMatchObject({ deadlineMs: 60_000 })
  })

  it('has the timing of the gate, else of the kind', () => {
    expect(items['caught-up']).toMatchObject({
      timing: { deadlineMs: 120_000, everyMs: 1000, goodReadings: 2 },
    })
    expect(items['caught-up-again']).toMatchObject({
      timing: { deadlineMs: 60_000, everyMs: 500, goodReadings: 3 },
    })
  })

  it('walks back up to the step of no return and stops after it', () => {
    const onFailure = playbookItems(playbook).map((item) => item.onFailure)
    expect(onFailure).toEqual(['undo', 'undo', 'undo', 'undo', 'stop', 'stop'])
    expect(items['open-target']).toMatchObject({ pointOfNoReturn: true })
    expect(items.tell).toMatchObject({ pointOfNoReturn: false })
  })

  it('walks back up to the end of the pause when nothing in it is final', () => {
    const text = changed(/ {4}- step: open-target[\s\S]*?true\n/, '')
    expect(playbookItems(loadGood(text)).map((item) => item.onFailure)).toEqual([
      'undo',
      'undo',
      'undo',
      'undo',
      'stop',
    ])
  })

  it('knows where each item stands', () => {
    expect(items['create-account']?.place).toEqual({ file: 'move.yaml', line: 41, column: 5 })
    expect(goodText.split('\n')[40]).toBe('  - step: create-account')
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(playbook)).toBe(true)
    expect(Object.isFrozen(playbook.phases.pause[0]?.with)).toBe(true)
    expect(Object.isFrozen(playbook.systems.source)).toBe(true)
  })

  it('may use anchors and aliases', () => {
    const text = changed('tables: [{ schema: orders }]', 'tables: &tables [{ schema: orders }]').replace(
      'settle:\n',
      `settle:
  - step: create-account
    id: another-account
    with: { database: target, account: b, password: env:B, tables: *tables }
    onFailure: stop
`,
    )
    expect(loadGood(text).phases.settle[0]?.with).toMatchObject({ tables: [{ schema: 'orders' }] })
  })
})

describe('the digest', () => {
  const digest = loadGood(goodText).digest

  it('stays when only comments, layout and the order of keys change', () => {
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(loadGood(`# a comment\n\n${goodText}`).digest).toBe(digest)
    expect(
      loadGood(
        changed('{ center: nacos, dataId: notice.json }', '\n  dataId: "notice.json"\n  center: nacos'),
      ).digest,
    ).toBe(digest)
  })

  it('changes with every value, those of variables too', () => {
    expect(loadGood(changed('budget: 90s', 'budget: 91s')).digest).not.toBe(digest)
    expect(loadGood(goodText, { ...variables, SOURCE_HOST: '10.9.9.9' }).digest).not.toBe(digest)
  })
})
