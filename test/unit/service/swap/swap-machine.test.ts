import { describe, expect, it } from 'vitest'
import { createMachineWorld, noticeText } from './machine-world.ts'
import type { Said } from './machine-world.ts'

/** A process that has heard `holding` at 0 for 1000, with a limit of 2000 and an expiry of 60 000. */
function held(said: Partial<Said> = {}) {
  const world = createMachineWorld()
  world.machine.heard(noticeText('holding', { since: 0, ...said }), world.now, false)
  world.pass(1000)
  world.calls.length = 0
  return world
}

describe('closing', () => {
  it('is expected from the notice on and happens at the moment, not before', () => {
    const world = createMachineWorld()
    world.machine.heard(noticeText('holding', { since: 0, at: 500 }), 0, false)
    world.pass(499)
    expect([world.calls, world.gate.state]).toEqual([['expect'], 'open'])
    world.pass(1)
    expect([world.calls, world.gate.state]).toEqual([['expect', 'close 2000'], 'closed'])
  })

  it('happens at once when the notice comes after the moment, with what is left of the limit', () => {
    const world = createMachineWorld()
    world.stall(1800)
    world.machine.heard(noticeText('holding', { since: 0, at: 500 }), world.now, false)
    expect(world.calls).toEqual(['close 700'])
  })

  it('follows the wall clock when that is set in between', () => {
    const world = createMachineWorld()
    world.machine.heard(noticeText('holding', { since: 0, at: 1000 }), 0, false)
    world.setWall(400)
    world.pass(200)
    expect(world.gate.closesAtMs).toBe(600)
    world.pass(400)
    expect(world.gate.state).toBe('closed')
  })

  it('is taken back by the run that ordered it, before the moment', () => {
    const world = createMachineWorld()
    world.machine.heard(noticeText('holding', { since: 0 }), 0, false)
    world.machine.heard(noticeText('armed', { since: 100 }), 0, false)
    world.pass(5000)
    expect([world.calls, world.gate.state]).toEqual([['expect', 'forget'], 'open'])
  })

  it('is not taken back by a word that comes after the moment, however late the process is', () => {
    const world = createMachineWorld()
    world.machine.heard(noticeText('holding', { since: 0 }), 0, false)
    world.stall(1500)
    world.machine.heard(noticeText('armed', { since: 100 }), world.now, false)
    expect(world.gate.state).toBe('closed')
  })

  it('is not ordered twice by an echo of an order that was taken back', () => {
    const world = createMachineWorld()
    const order = noticeText('holding', { since: 0 })
    world.machine.heard(order, 0, false)
    world.machine.heard(noticeText('armed', { since: 100 }), 0, false)
    world.machine.heard(order, 0, false)
    world.pass(5000)
    expect(world.gate.state).toBe('open')
  })

  it('happens again for a second order of the same run', () => {
    const world = createMachineWorld()
    world.machine.heard(noticeText('holding', { since: 0 }), 0, false)
    world.machine.heard(noticeText('armed', { since: 100 }), 0, false)
    world.machine.heard(noticeText('holding', { since: 200 }), 0, false)
    world.pass(1200)
    expect(world.gate.state).toBe('closed')
  })

  it('does not happen for other services, nor without a datasource to go to', () => {
    for (const said of [{ services: ['billing'] }, { staged: {} }]) {
      const world = createMachineWorld()
      world.machine.heard(noticeText('holding', { since: 0, ...said }), 0, false)
      world.pass(5000)
      expect(world.calls).toEqual([])
    }
  })

  it('happens in a process that starts long after an order whose run was never heard of again', () => {
    const world = createMachineWorld()
    world.stall(3_600_000)
    world.machine.heard(noticeText('holding', { since: 0 }), world.now, true)
    expect(world.calls).toEqual(['close 0', 'refuse'])
  })
})

describe('a closed gate', () => {
  it('goes to the target in the turn in which the release is seen', () => {
    const world = held()
    world.machine.answered('run-1', null, world.now)
    world.machine.answered('run-1', { epoch: 1 }, world.now)
    expect(world.calls).toEqual(['to-target run-1'])
    expect(world.machine.question).toBeUndefined()
    expect(world.machine.staged).toBeUndefined()
  })

  it('takes a release by a later holder of the run’s lock, and not one by an earlier', () => {
    const world = held({ epoch: 3 })
    world.machine.answered('run-1', { epoch: 2 }, world.now)
    expect(world.calls).toEqual([])
    world.machine.answered('run-1', { epoch: 4 }, world.now)
    expect(world.calls).toEqual(['to-target run-1'])
  })

  it('stays when the config center takes the order back and the target does not answer', () => {
    const world = held()
    world.machine.heard(noticeText('armed', { since: 1100 }), world.now, false)
    expect([world.calls, world.gate.state]).toEqual([[], 'closed'])
  })

  it('goes to the source when the order is taken back and the target, asked then, knows of no release', () => {
    const world = held()
    world.machine.answered('run-1', null, world.now)
    world.pass(10)
    world.machine.heard(noticeText('armed', { since: 1100 }), world.now, false)
    expect(world.calls).toEqual([])
    world.machine.answered('run-1', null, world.now)
    expect(world.calls).toEqual(['to-source run-1'])
  })

  it.each([
    ['undone', noticeText('undone', { since: 1100 })],
    ['removed', null],
    ['another run’s that has taken over', noticeText('armed', { since: 1100, runId: 'run-2', epoch: 5 })],
    ['no longer for this service', noticeText('holding', { since: 1100, services: ['billing'] })],
  ])('goes to the source by the same evidence when the notice is %s', (_name, text) => {
    const world = held()
    world.machine.heard(text, world.now, false)
    world.machine.answered('run-1', null, world.now)
    expect(world.calls).toEqual(['to-source run-1'])
  })

  it('does not believe an older armed, a foreign run that has no say, or text that is no notice', () => {
    const world = held({ epoch: 4, since: 50, at: 1000 })
    for (const text of [
      noticeText('armed', { epoch: 4, since: 0 }),
      noticeText('undone', { epoch: 3, since: 2000 }),
      noticeText('armed', { runId: 'run-0', epoch: 2, since: 2000 }),
      '{',
    ]) {
      world.machine.heard(text, world.now, false)
      world.machine.answered('run-1', null, world.now)
    }
    expect([world.calls, world.gate.state]).toEqual([[], 'closed'])
  })

  it('refuses at its limit, keeps asking, and goes to the target when the release comes late', () => {
    const world = held()
    world.pass(1999)
    expect(world.calls).toEqual([])
    world.pass(1)
    expect(world.calls).toEqual(['refuse'])
    expect(world.machine.question).toEqual({ runId: 'run-1', closedAtMs: 1000 })
    world.machine.answered('run-1', { epoch: 1 }, world.now)
    expect(world.calls).toEqual(['refuse', 'to-target run-1'])
  })

  it('rejects what was held too long before it lets the rest go, after the process stood still', () => {
    const world = held()
    world.stall(600_000)
    world.machine.answered('run-1', { epoch: 1 }, world.now)
    expect(world.calls).toEqual(['refuse', 'to-target run-1'])
  })

  it('refuses when the notice expires before the limit', () => {
    const world = held({ until: 1500, limitMs: 30_000 })
    world.pass(500)
    expect(world.calls).toEqual(['refuse'])
  })
})

describe('a gate that refuses', () => {
  function refusing() {
    const world = held({ until: 5000 })
    world.pass(2000)
    expect(world.calls).toEqual(['refuse'])
    world.calls.length = 0
    return world
  }

  it('wants the config center read, and is not opened by its silence', () => {
    const world = refusing()
    expect(world.machine.needsReading).toBe(true)
    world.pass(3_600_000)
    world.machine.answered('run-1', null, world.now)
    expect(world.calls).toEqual([])
  })

  it('opens onto the source when the notice, read after its expiry, was not prolonged and nothing was released', () => {
    const world = refusing()
    const text = noticeText('holding', { since: 0, until: 5000 })
    // Told before the expiry, and read before it: says nothing of the time after.
    world.machine.heard(text, world.now, true)
    world.pass(10_000)
    world.machine.answered('run-1', null, world.now)
    expect(world.calls).toEqual([])
    world.machine.heard(text, world.now, true)
    world.machine.answered('run-1', null, world.now)
    expect(world.calls).toEqual(['to-source run-1'])
  })

  it('says what it waits for', () => {
    const world = refusing()
    expect(world.gate.refusal).toContain('held as long as they may be')
    world.pass(10_000)
    expect(world.gate.refusal).toContain('config center has not been read')
    world.machine.heard(noticeText('holding', { since: 0, until: 5000 }), world.now, true)
    expect(world.gate.refusal).toContain('The run is over')
    world.machine.heard(noticeText('undone', { since: 20_000 }), world.now, false)
    expect(world.gate.refusal).toContain('called off')
    world.machine.heard(noticeText('done', { since: 20_001 }), world.now, false)
    expect(world.gate.refusal).toContain('The run is done')
  })

  it('goes on refusing when the notice was prolonged', () => {
    const world = refusing()
    world.pass(10_000)
    world.machine.heard(noticeText('holding', { since: 0, until: 60_000 }), world.now, true)
    world.machine.answered('run-1', null, world.now)
    expect(world.calls).toEqual([])
  })

  it('does not close again by the order that has expired, but by one that is prolonged', () => {
    const world = refusing()
    const text = noticeText('holding', { since: 0, until: 5000 })
    world.pass(10_000)
    world.machine.heard(text, world.now, true)
    world.machine.answered('run-1', null, world.now)
    world.machine.heard(text, world.now, true)
    expect(world.gate.state).toBe('open')
    world.machine.heard(noticeText('holding', { since: 0, until: 90_000 }), world.now, false)
    expect(world.gate.state).toBe('refusing')
  })

  it('never goes back to the source once the run was done, also when its notice is removed later', () => {
    const world = refusing()
    world.machine.heard(noticeText('done', { since: 4000 }), world.now, true)
    world.machine.heard(null, world.now, true)
    world.machine.answered('run-1', null, world.now)
    expect([world.calls, world.gate.state]).toEqual([[], 'refusing'])
    world.machine.answered('run-1', { epoch: 1 }, world.now)
    expect(world.calls).toEqual(['to-target run-1'])
  })

  it('does not count an answer from before the config center was read, nor a reading that is old', () => {
    const world = refusing()
    const asked = world.now
    world.pass(10)
    world.machine.heard(noticeText('undone', { since: 4000 }), world.now, true)
    world.machine.answered('run-1', null, asked)
    expect(world.calls).toEqual([])
    world.stall(5001)
    world.machine.answered('run-1', null, world.now)
    expect(world.calls).toEqual([])
    world.machine.heard(noticeText('undone', { since: 4000 }), world.now, true)
    world.machine.answered('run-1', null, world.now)
    expect(world.calls).toEqual(['to-source run-1'])
  })
})

describe('an open gate', () => {
  it('goes to the target when the release is there, though nothing was heard of a hold', () => {
    const world = createMachineWorld()
    world.machine.heard(noticeText('armed', { since: 0 }), 0, false)
    expect(world.machine.question).toEqual({ runId: 'run-1', closedAtMs: undefined })
    world.machine.answered('run-1', null, 0)
    expect(world.calls).toEqual([])
    world.machine.answered('run-1', { epoch: 1 }, 0)
    expect(world.calls).toEqual(['close 1000', 'to-target run-1'])
  })

  it('ignores releases of other runs', () => {
    const world = createMachineWorld()
    world.machine.heard(noticeText('armed', { since: 0 }), 0, false)
    world.machine.answered('run-0', { epoch: 9 }, 0)
    expect(world.calls).toEqual([])
  })

  it('is not closed again by the run that has switched it', () => {
    const world = held()
    world.machine.answered('run-1', { epoch: 1 }, world.now)
    world.machine.heard(noticeText('holding', { since: 3000 }), world.now, false)
    world.pass(10_000)
    expect([world.gate.state, world.gate.side]).toEqual(['open', 'target'])
  })

  it.each(['armed', 'upgrading', 'done'] as const)('wants the next datasource while a run is %s', (phase) => {
    const world = createMachineWorld()
    world.machine.heard(noticeText(phase, { since: 0 }), 0, false)
    expect(world.machine.staged?.etag).toBe('e1')
    world.pass(60_000)
    expect(world.machine.staged).toBeUndefined()
  })

  it.each([
    ['undone', noticeText('undone', { since: 10 })],
    ['removed', null],
    ['for others', noticeText('armed', { since: 10, services: ['billing'] })],
  ])('wants no other datasource when the notice is %s', (_name, text) => {
    const world = createMachineWorld()
    world.machine.heard(noticeText('armed', { since: 0 }), 0, false)
    world.machine.heard(text, 0, false)
    expect(world.machine.staged).toBeUndefined()
  })
})
