import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { EdgeRecord } from '../../../../src/service/observe/edge-record.ts'
import type { WindowRecord } from '../../../../src/service/observe/window-record.ts'
import { ask, settled } from '../gate/held-answers.ts'
import { createStallingClock } from '../gate/stalling-clock.ts'
import { holding, observed } from './observed-gate.ts'

describe('the log of a gate', () => {
  it('has one line for each edge and one for the window, in a real logger', async () => {
    const lines: string[] = []
    const log = pino({ base: null, timestamp: false }, { write: (line: string) => lines.push(line) })
    const { gate, clock, said, release } = observed({ log })
    said.notice = holding
    const unit = gate.tryEnter()
    await clock.advance(40)
    gate.close({ epoch: 1, limitMs: 1000 })
    ask(gate, 'a')
    await clock.advance(3)
    unit?.leave()
    await clock.advance(2)
    release()
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'writes are held from now on; units of work still under way: 1',
      'no unit of work is under way; writes held: 1',
      'writes go to [2001:db8::7]:3307/shop; held until now: 1',
      'writes were held for 5 ms and released: 1 let in',
    ])
    expect(JSON.parse(lines[1] ?? '')).toEqual({
      level: 30,
      event: 'cutover.edge',
      service: 'orders',
      instance: 'orders-1',
      from: 'closing',
      to: 'closed',
      previousGeneration: 0,
      generation: 0,
      datasource: 'old.example:3306/shop',
      afterMs: 3,
      running: 0,
      oldestMs: 0,
      held: 1,
      heldBytes: 1,
      runId: 'run-7',
      phase: 'holding',
      noticeEpoch: 3,
      refusal: '',
      msg: 'no unit of work is under way; writes held: 1',
    })
  })

  it('warns when writes are refused, and says why', () => {
    const lines: string[] = []
    const log = pino({ base: null, timestamp: false }, { write: (line: string) => lines.push(line) })
    const { gate } = observed({ log })
    gate.refuse('The notice has expired.')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 40,
      refusal: 'The notice has expired.',
      runId: null,
      noticeEpoch: null,
    })
  })

  it('says of the last edge the generation before and after', () => {
    const edges: EdgeRecord[] = []
    const { gate, release } = observed({ onEdge: (edge) => edges.push(edge) })
    gate.close({ epoch: 1, limitMs: 1000 })
    release()
    gate.close({ epoch: 2, limitMs: 1000 })
    gate.abort()
    release()
    expect(edges.filter(({ to }) => to === 'open')).toMatchObject([
      { from: 'closed', previousGeneration: 0, generation: 1 },
      { from: 'closed', previousGeneration: 1, generation: 1 },
      { from: 'open', previousGeneration: 1, generation: 2 },
    ])
  })

  it('ends when the observer is disposed of', () => {
    const edges: EdgeRecord[] = []
    const { gate, observer } = observed({ onEdge: (edge) => edges.push(edge) })
    observer[Symbol.dispose]()
    gate.close({ epoch: 1, limitMs: 1000 })
    expect(edges).toEqual([])
  })
})

describe('the record of a window', () => {
  it('says how long it was, by part, and what became of the writes', async () => {
    const windows: WindowRecord[] = []
    const { gate, clock, said, release } = observed({ onWindow: (window) => windows.push(window) })
    said.notice = holding
    said.errors.mapped = 5
    const unit = gate.tryEnter()
    gate.close({ epoch: 1, limitMs: 50 })
    ask(gate, 'expires')
    await clock.advance(20)
    unit?.leave()
    const askers = ['a', 'b', 'c', 'd'].map((name) => ask(gate, name))
    await clock.advance(40)
    said.errors.mapped = 6
    said.errors.unknown = 1
    release()
    await settled()
    expect(windows).toEqual([])
    await clock.advance(7)
    for (const { unit: one } of askers) one?.leave()
    expect(windows).toEqual([
      {
        event: 'cutover.window',
        service: 'orders',
        instance: 'orders-1',
        runId: 'run-7',
        noticeEpoch: 3,
        outcome: 'released',
        generation: 1,
        from: 'old.example:3306/shop',
        to: '[2001:db8::7]:3307/shop',
        toDrain: 1,
        drainMs: 20,
        pauseMs: 60,
        backlogMs: 7,
        refused: false,
        heldMax: 5,
        longestHeldMs: 50,
        released: 4,
        expired: 1,
        rejected: 0,
        abandoned: 0,
        errors: { mapped: 1, passed: 0, unknown: 1 },
      },
    ])
  })

  it('is made at once when nothing was held, and says that it was called off', () => {
    const windows: WindowRecord[] = []
    const { gate } = observed({ onWindow: (window) => windows.push(window) })
    gate.tryEnter()
    gate.close({ epoch: 1, limitMs: 50 })
    gate.abort()
    expect(windows).toMatchObject([{ outcome: 'aborted', toDrain: 1, drainMs: undefined, heldMax: 0 }])
  })

  it('tells of refusing, also when that came without a hold', () => {
    const windows: WindowRecord[] = []
    const { gate } = observed({ onWindow: (window) => windows.push(window) })
    gate.refuse('no word')
    ask(gate, 'a')
    gate.abort()
    expect(windows).toMatchObject([{ refused: true, rejected: 1, outcome: 'aborted' }])
  })

  it('is made when the next window begins before the backlog is gone', async () => {
    const windows: WindowRecord[] = []
    const { gate, clock, release } = observed({ onWindow: (window) => windows.push(window) })
    gate.close({ epoch: 1, limitMs: 5000 })
    for (const name of ['a', 'b', 'c']) ask(gate, name)
    release()
    await clock.advance(9)
    gate.close({ epoch: 2, limitMs: 5000 })
    expect(windows).toMatchObject([{ backlogMs: 9, released: 2, heldMax: 3 }])
    gate.abort()
    expect(windows).toHaveLength(1)
  })

  it('counts the write that came together with the closing', () => {
    const windows: WindowRecord[] = []
    const clock = createStallingClock()
    const { gate, release } = observed({ onWindow: (window) => windows.push(window) }, 'orders', clock)
    gate.close({ epoch: 1, limitMs: 5000, inMs: 10 })
    clock.stall(10)
    ask(gate, 'a')
    release()
    expect(windows).toMatchObject([{ heldMax: 1, toDrain: 0, released: 1 }])
  })
})

describe('the spans of held writes', () => {
  interface Span {
    readonly name: string
    readonly within: string
    readonly attributes: Record<string, unknown>
    status?: number
    ended: boolean
  }

  function tracing() {
    const spans: Span[] = []
    const current = { name: '' }
    const tracer = {
      startSpan(name: string, options?: { readonly attributes?: Record<string, string | number> }) {
        const span: Span = {
          name,
          within: current.name,
          attributes: { ...options?.attributes },
          ended: false,
        }
        spans.push(span)
        return {
          setAttribute: (key: string, value: string | number) => (span.attributes[key] = value),
          setStatus: ({ code }: { code: number }) => (span.status = code),
          end: () => (span.ended = true),
        }
      },
    }
    return { spans, current, tracer }
  }

  it('begin where the write was asked for, and name where it then runs', () => {
    const { spans, current, tracer } = tracing()
    const { gate, release } = observed({ tracer, flavour: () => 'mysql' })
    gate.close({ epoch: 1, limitMs: 5000 })
    current.name = 'POST /orders'
    ask(gate, 'a')
    current.name = ''
    expect(spans[0]?.attributes).toEqual({
      'db.system.name': 'mysql',
      'db.namespace': 'shop',
      'server.address': 'old.example',
      'server.port': 3306,
    })
    release()
    expect(spans).toEqual([
      {
        name: 'cutover.hold',
        within: 'POST /orders',
        attributes: {
          'db.system.name': 'mysql',
          'db.namespace': 'shop',
          'server.address': '2001:db8::7',
          'server.port': 3307,
          'cutover.hold.outcome': 'released',
          'cutover.datasource.generation': 1,
        },
        ended: true,
      },
    ])
  })

  it('of a write that is not let in are errors, by its code', async () => {
    const { spans, tracer } = tracing()
    const { gate, clock } = observed({ tracer })
    gate.close({ epoch: 1, limitMs: 50 })
    ask(gate, 'a')
    await clock.advance(50)
    expect(spans).toMatchObject([
      {
        attributes: { 'error.type': 'CUTOVER_EXPIRED', 'server.address': 'old.example' },
        status: 2,
        ended: true,
      },
    ])
  })

  it('do not exist for writes that pass', async () => {
    const { spans, tracer } = tracing()
    const { gate } = observed({ tracer })
    gate.tryEnter()?.leave()
    ask(gate, 'a')
    await settled()
    expect(spans).toEqual([])
  })
})
