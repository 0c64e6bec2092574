import type { ErrorCounts, HeardNotice, InstanceStatus } from '../../core/instance-status.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { WriteGate } from '../gate/write-gate.ts'
import type { Swappable } from '../pool/generation.ts'
import type { SwapController } from './swap-controller.ts'

export interface ReportOptions {
  readonly service: string
  readonly instance: string
  readonly clock: Clock
  readonly gate: WriteGate
  readonly facade: Pick<Swappable, 'current'>
  readonly controller: Pick<SwapController, 'word' | 'hold' | 'next'>
  readonly errors: ErrorCounts
}

/** What this process says of itself at this moment. */
export function reportInstance(options: ReportOptions): InstanceStatus {
  const { service, instance, clock, gate, facade, controller, errors } = options
  return {
    kind: 'cutover-instance',
    version: 1,
    service,
    instance,
    now: clock.now().toISOString(),
    notice: heardNotice(controller),
    gate: gate.state,
    refusal: gate.refusal,
    generation: gate.generation,
    datasource: facade.current.datasource,
    next: controller.next,
    writes: gate.counts(),
    errors: { ...errors },
  }
}

/** A notice that is gone was heard, but there is none any more. */
function heardNotice({ word, hold }: ReportOptions['controller']): HeardNotice | null {
  if (word === undefined || word.gone) return null
  const { runId, epoch, phase } = word.notice
  const holdAt = hold?.runId === runId ? new Date(hold.atMs).toISOString() : null
  return { runId, epoch, phase, holdAt }
}
