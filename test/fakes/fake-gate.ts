import { GateError } from '../../src/service/gate/gate-error.ts'
import type { EnterRequest, RunningUnit, Unit, WriteGate } from '../../src/service/gate/write-gate.ts'

/** A gate that does what the test says. It has no limits and no clock. */
export interface FakeGate extends WriteGate {
  shut(): void
  open(next?: boolean): void
  expire(): void
  readonly entered: number
}
interface Held {
  request: EnterRequest
  resolve: (unit: Unit) => void
  reject: (e: Error) => void
}

export function createFakeGate(): FakeGate {
  const held: Held[] = []
  const units = new Set<RunningUnit>()
  let state: 'open' | 'closed' = 'open'
  let generation = 0
  let entered = 0
  function begin(end: ((reason: Error) => void) | undefined): Unit {
    entered += 1
    const running = { sinceMs: 0, committing: false, end }
    units.add(running)
    return {
      generation,
      leave: () => void units.delete(running),
      committing: () => {
        running.committing = true
      },
    }
  }
  const gate: FakeGate = {
    get state() {
      return state === 'open' ? 'open' : units.size > 0 ? 'closing' : 'closed'
    },
    get generation() {
      return generation
    },
    get entered() {
      return entered
    },
    refusal: '',
    counts: () => ({
      running: units.size,
      oldestMs: 0,
      held: held.length,
      heldBytes: held.reduce((s, h) => s + h.request.bytes, 0),
      released: 0,
      expired: 0,
      rejected: 0,
      abandoned: 0,
    }),
    oldestHeldMs: () => 0,
    tryEnter: (end) => (state === 'open' ? begin(end) : undefined),
    enter: (request) =>
      state === 'open'
        ? Promise.resolve(begin(request.end))
        : new Promise((resolve, reject) => held.push({ request, resolve, reject })),
    close: () => {
      state = 'closed'
      return true
    },
    whenDrained: async () => undefined,
    running: () => [...units],
    release: () => gate.open(true),
    abort: () => gate.open(),
    refuse: () => gate.expire(),
    watch: () => () => undefined,
    shut: () => {
      state = 'closed'
    },
    open(next) {
      if (next) generation += 1
      state = 'open'
      for (const { request, resolve } of held.splice(0)) resolve(begin(request.end))
    },
    expire() {
      for (const { reject } of held.splice(0)) reject(new GateError('expired', 'held too long'))
    },
  }
  return gate
}
