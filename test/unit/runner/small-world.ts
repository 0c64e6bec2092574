import { z } from 'zod'
import { CutoverError } from '../../../src/core/errors.ts'
import { defineGate, type AnyGateKind, type Catalogue, type GateReading } from '../../../src/core/gate.ts'
import type {
  OnFailure,
  PhaseName,
  Playbook,
  PlaybookGate,
  PlaybookStep,
} from '../../../src/core/playbook.ts'
import type { Clock, Ports } from '../../../src/core/ports/index.ts'
import { defineStep, type AnyStepKind, type StepContext, type StepKind } from '../../../src/core/step.ts'

/*
 * A world of named cells. A step sets a cell to a value in two moves (so that it can be cut off half-way) and undo puts
 * the before-image back. Everything the runner asks for is noted in `calls`.
 */
export interface World {
  readonly cells: Map<string, string>
  readonly calls: string[]
  /** How often each call came, over all runs in this world. */
  readonly counts: Map<string, number>
  /** What happens at `verb id`, before the verb does anything, and at `middle id`, between the two moves of a run. */
  readonly on: Map<string, (context: StepContext, call: number) => void | Promise<void>>
  /** What a gate reads, in order; the last one stays. A function may throw. */
  readonly readings: Map<string, readonly (GateReading | (() => GateReading | Promise<GateReading>))[]>
}

export function createWorld(): World {
  return { cells: new Map(), calls: [], counts: new Map(), on: new Map(), readings: new Map() }
}

const cellSchema = z.object({ cell: z.string(), to: z.string() })
type CellWant = z.infer<typeof cellSchema>
type CellSeen = { readonly was: string | null }

/** @param guard called before every verb and between the two moves of a run; what it throws is what the verb does. */
export function catalogueOf(world: World, guard: (call: string) => void = () => undefined): Catalogue {
  async function note(verb: string, context: StepContext): Promise<void> {
    const call = `${verb} ${context.stepId}`
    guard(call)
    world.calls.push(call)
    const count = (world.counts.get(call) ?? 0) + 1
    world.counts.set(call, count)
    await world.on.get(call)?.(context, count)
  }

  const oneWay: Omit<StepKind<CellWant, CellSeen>, 'kind'> = {
    summary: 'Sets a cell.',
    schema: cellSchema,
    async observe(context, want) {
      await note('observe', context)
      return { was: world.cells.get(want.cell) ?? null }
    },
    async plan(context, want) {
      await note('plan', context)
      const now = world.cells.get(want.cell)
      if (now === want.to) return []
      const from = now === undefined ? {} : { from: now }
      return [{ subject: `cell ${want.cell}`, ...from, to: want.to, fidelity: 'exact' }]
    },
    async run(context, want) {
      await note('run', context)
      world.cells.set(want.cell, `half of ${want.to}`)
      await note('middle', context)
      world.cells.set(want.cell, want.to)
    },
    async verify(context, want) {
      await note('verify', context)
      const now = world.cells.get(want.cell)
      if (now === want.to) return { holds: true, evidence: `${want.cell} is ${now}`, facts: { now } }
      return { holds: false, reason: `${want.cell} is ${now}`, hint: 'Look at the cell.' }
    },
  }
  const setForGood = defineStep<CellWant, CellSeen>({ ...oneWay, kind: 'set-for-good' })
  const setCell = defineStep<CellWant, CellSeen>({
    ...oneWay,
    kind: 'set-cell',
    async undo(context, want, seen) {
      await note('undo', context)
      if (seen.was === null) world.cells.delete(want.cell)
      else world.cells.set(want.cell, seen.was)
    },
    async verifyUndone(context, want, seen) {
      await note('verifyUndone', context)
      const now = world.cells.get(want.cell) ?? null
      if (now === seen.was) return { holds: true, evidence: `${want.cell} is ${now} again` }
      return { holds: false, reason: `${want.cell} is ${now}` }
    },
  })
  const burnCell = defineStep<CellWant, CellSeen>({
    ...setCell,
    kind: 'burn-cell',
    irreversible: 'ashes stay ashes',
  })

  const spareCell = defineStep<CellWant, CellSeen>({ ...setCell, kind: 'spare-cell', skippable: true })

  const cellGate = defineGate<object>({
    kind: 'cell-gate',
    summary: 'Reads what the test says.',
    schema: z.object({}),
    defaults: { deadlineMs: 10_000, everyMs: 200, goodReadings: 1 },
    describe: () => 'the test says so',
    async open(context) {
      await note('open', context)
      let next = 0
      return {
        async read() {
          await note('read', context)
          const readings = world.readings.get(context.stepId) ?? [{ state: 'open', measured: 'open' }]
          const reading = readings[Math.min(next, readings.length - 1)]
          next += 1
          if (!reading) throw new Error('no reading')
          return typeof reading === 'function' ? reading() : reading
        },
      }
    },
  })

  const askGate = defineGate<{ question: string }>({
    ...cellGate,
    kind: 'ask-gate',
    schema: z.object({ question: z.string() }),
    describe: (want) => want.question,
    open: (context, want) =>
      Promise.resolve({
        async read(signal) {
          const answer = await context.ports.operator.ask({ id: context.stepId, text: want.question }, signal)
          return answer.agreed
            ? { state: 'open', measured: answer.by }
            : { state: 'closed', reason: answer.why, final: true, declined: true }
        },
      }),
  })

  const steps = [setCell, setForGood, burnCell, spareCell] as unknown as readonly AnyStepKind[]
  const gates = [cellGate, askGate] as unknown as readonly AnyGateKind[]
  return {
    steps: new Map(steps.map((kind) => [kind.kind, kind])),
    gates: new Map(gates.map((kind) => [kind.kind, kind])),
  }
}

const place = { file: 'test.yaml', line: 1, column: 1 }

export function step(id: string, more: Partial<PlaybookStep> = {}): PlaybookStep {
  return {
    type: 'step',
    id,
    uses: 'set-cell',
    with: { cell: id, to: `new ${id}` },
    deadlineMs: 20_000,
    onFailure: 'undo',
    pointOfNoReturn: false,
    place,
    ...more,
  }
}

export function gate(
  id: string,
  more: Partial<Omit<PlaybookGate, 'timing'>> & { timing?: Partial<PlaybookGate['timing']> } = {},
): PlaybookGate {
  const { timing, ...rest } = more
  return {
    type: 'gate',
    id,
    uses: 'cell-gate',
    with: {},
    timing: { deadlineMs: 10_000, everyMs: 200, goodReadings: 1, ...timing },
    onFailure: 'undo' satisfies OnFailure,
    place,
    ...rest,
  }
}

export function playbookOf(
  phases: Partial<Playbook['phases']>,
  pauseBudgetMs = 120_000,
  digest = 'digest of the playbook',
): Playbook {
  const empty: Readonly<Record<PhaseName, readonly never[]>> = { prepare: [], pause: [], settle: [] }
  return {
    name: 'small',
    purpose: 'Set cells.',
    file: 'small.yaml',
    digest,
    systems: {},
    services: {},
    notice: undefined,
    secrets: [],
    confirm: 'small-target',
    phases: { ...empty, ...phases },
    pauseBudgetMs,
    onOverrun: 'undo',
    onCrash: 'resume',
  }
}

/** Ports for steps that only touch cells: everything but the clock and the operator is absent. */
export function portsWith(clock: Clock, answer?: 'yes' | 'no'): Ports {
  const absent = (): never => {
    throw new CutoverError('internal', 'this world has no systems')
  }
  return {
    database: absent,
    sync: absent,
    configCenter: absent,
    service: absent,
    notice: undefined,
    documents: undefined as never,
    rows: undefined as never,
    commands: undefined as never,
    secrets: undefined as never,
    clock,
    operator: {
      ask: () =>
        Promise.resolve(
          answer === 'yes'
            ? { agreed: true, by: 'tester', how: 'typed yes' }
            : { agreed: false, why: 'the operator typed no' },
        ),
    },
  }
}
