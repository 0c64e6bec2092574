import type { HeardNotice, InstanceStatus } from '../../../../src/core/instance-status.ts'
import type { Clock } from '../../../../src/core/ports/clock.ts'
import { createWriteGate } from '../../../../src/service/gate/create-write-gate.ts'
import type { ObserveOptions } from '../../../../src/service/observe/observe-gate.ts'
import { observeGate } from '../../../../src/service/observe/observe-gate.ts'
import type { FakeClock } from '../../../fakes/fake-clock.ts'
import { createFakeClock } from '../../../fakes/fake-clock.ts'

const source = 'old.example:3306/shop'
const target = '[2001:db8::7]:3307/shop'

/** A gate whose process says of itself what the test wants, and who observes it. */
export function observed<C extends Clock = FakeClock>(
  options: Partial<ObserveOptions> = {},
  service = 'orders',
  clock = createFakeClock() as Clock as C,
) {
  const said = {
    datasource: source,
    notice: null as HeardNotice | null,
    errors: { mapped: 0, passed: 0, unknown: 0 },
  }
  const gate = createWriteGate({ clock, limits: { releaseStart: 2 } })
  const status = (): InstanceStatus => ({
    kind: 'cutover-instance',
    version: 1,
    service,
    instance: `${service}-1`,
    now: clock.now().toISOString(),
    notice: said.notice,
    gate: gate.state,
    refusal: gate.refusal,
    generation: gate.generation,
    datasource: said.datasource,
    next: null,
    writes: gate.counts(),
    errors: { ...said.errors },
  })
  const observer = observeGate(gate, { status, clock, ...options })
  const release = (): void => {
    said.datasource = target
    gate.release()
  }
  return { gate, clock, said, observer, release }
}

export const holding: HeardNotice = {
  runId: 'run-7',
  epoch: 3,
  phase: 'holding',
  holdAt: '2026-11-21T02:00:00.000Z',
}
