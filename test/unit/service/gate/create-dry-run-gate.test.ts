import { describe, expect, it } from 'vitest'
import { createDryRunGate } from '../../../../src/service/gate/create-dry-run-gate.ts'
import type { WriteGateOptions } from '../../../../src/service/gate/create-write-gate.ts'
import { createFakeClock } from '../../../fakes/fake-clock.ts'
import { ask, settled } from './held-answers.ts'

function rehearse(options: WriteGateOptions = {}) {
  const clock = createFakeClock()
  return { clock, gate: createDryRunGate({ ...options, clock }) }
}

const order = { epoch: 1, limitMs: 1000 }

describe('a dry run', () => {
  it('holds nothing and knows what would have been held', async () => {
    const { gate, clock } = rehearse()
    expect(gate.close(order)).toBe(false)
    expect(gate.state).toBe('open')
    expect(gate.tryEnter()).toBeUndefined()
    const askers = [ask(gate, 'a', { bytes: 10 }), ask(gate, 'b', { bytes: 20, key: 'k' })]
    await settled()
    expect(askers.map(({ unit }) => unit?.generation)).toEqual([0, 0])
    for (const { unit } of askers) unit?.leave()
    expect(gate.counts()).toMatchObject({ running: 0, held: 0, released: 0 })
    await clock.advance(7)
    expect(gate.shadow.counts()).toMatchObject({ held: 2, heldBytes: 30 })
    expect(gate.shadow.oldestHeldMs()).toBe(7)
    gate.abort()
    await settled()
    expect(gate.shadow.counts()).toMatchObject({ running: 0, held: 0, released: 2 })
    expect(clock.pending).toBe(0)
  })

  it('knows what would have expired or been rejected, and rejects nobody', async () => {
    const { gate, clock } = rehearse({ limits: { held: 1 } })
    gate.close(order)
    const askers = [ask(gate, 'expires'), ask(gate, 'full')]
    await clock.advance(1000)
    gate.refuse('no word')
    askers.push(ask(gate, 'refused'))
    await settled()
    expect(askers.every(({ unit }) => unit !== undefined)).toBe(true)
    expect([gate.state, gate.refusal, gate.shadow.state]).toEqual(['open', '', 'refusing'])
    expect(gate.shadow.counts()).toMatchObject({ held: 0, expired: 1, rejected: 2 })
  })

  it('knows what the drain would have waited for', async () => {
    const { gate } = rehearse()
    const unit = gate.tryEnter()
    gate.close(order)
    expect(gate.shadow.state).toBe('closing')
    unit?.leave()
    unit?.leave()
    expect(gate.shadow.state).toBe('closed')
    const late = ask(gate, 'late')
    gate.abort()
    await settled()
    expect(gate.shadow.counts()).toMatchObject({ running: 1, released: 1 })
    late.unit?.leave()
    expect(gate.shadow.counts().running).toBe(0)
    expect(gate.tryEnter()).toBeDefined()
  })

  it('ends no unit that takes too long, and never says that it is drained', async () => {
    const { gate } = rehearse()
    const ended: string[] = []
    gate.tryEnter((reason) => ended.push(reason.message))?.committing()
    gate.close(order)
    expect(gate.running()).toEqual([{ sinceMs: 0, committing: true, end: undefined }])
    const stop = new AbortController()
    const drained = gate.whenDrained(stop.signal)
    stop.abort(new Error('waited long enough'))
    await expect(drained).rejects.toThrow('waited long enough')
  })

  it('goes on to the next generation, because the datasource does', () => {
    const { gate } = rehearse()
    gate.close(order)
    gate.release()
    expect([gate.generation, gate.tryEnter()?.generation]).toEqual([1, 1])
  })

  it('rejects an asker that is gone, as a real one', async () => {
    const { gate } = rehearse()
    const gone = ask(gate, 'a', { signal: AbortSignal.abort() })
    await settled()
    expect(gone.rejected).toBe('abandoned')
    expect(gate.shadow.counts().running).toBe(0)
  })
})
