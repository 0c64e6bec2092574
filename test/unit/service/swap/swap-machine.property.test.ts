import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { freshMs } from '../../../../src/service/swap/decide.ts'
import { createMachineWorld, noticeText } from './machine-world.ts'

/** What may happen, in any order: the truth moves, and the process reads it late, twice, out of order, or not at all. */
const happening = fc.oneof(
  // The runner says its next word; what is sensible at that moment is up to the runner below.
  fc.record({ kind: fc.constant('say' as const), word: fc.nat({ max: 6 }) }),
  fc.record({ kind: fc.constant('say' as const), word: fc.nat({ max: 3 }) }),
  fc.record({ kind: fc.constant('release' as const) }),
  // A holder of the lock that was replaced before the process heard of the run releases what is not its any more.
  fc.record({ kind: fc.constant('stale-release' as const) }),
  // A holder of the lock that was replaced, or another run.
  fc.record({ kind: fc.constant('foreign' as const), epoch: fc.nat({ max: 3 }), own: fc.boolean() }),
  // A node of the center answers: with the present document, or with an older one. No answer is an outage.
  fc.record({ kind: fc.constant('read' as const), lag: fc.constant(0), afresh: fc.boolean() }),
  fc.record({ kind: fc.constant('read' as const), lag: fc.nat({ max: 4 }), afresh: fc.boolean() }),
  fc.record({ kind: fc.constant('ask' as const), takesMs: fc.nat({ max: 300 }) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: 3000 }) }),
  fc.record({ kind: fc.constant('stall' as const), ms: fc.nat({ max: 20_000 }) }),
  fc.record({ kind: fc.constant('write' as const) }),
)
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

/** The truth: what the document says, what the target holds, and what this process has been shown of either. */
function createRun() {
  const world = createMachineWorld()
  const versions: (string | null)[] = [null]
  const truth = {
    epoch: 1,
    phase: 'none' as 'none' | 'armed' | 'holding' | 'over',
    row: undefined as { readonly runId: string; readonly epoch: number } | undefined,
    staleRow: undefined as { readonly runId: string; readonly epoch: number } | undefined,
    until: 0,
  }
  const shown = { release: false, wroteAfterRelease: 0, reopenedUnproven: 0, absentAsOf: -Infinity }
  const publish = (phase: 'armed' | 'holding' | 'done' | 'undone') => {
    truth.until = world.now + 15_000
    const at = world.now + 2000
    versions.push(noticeText(phase, { since: world.now, until: truth.until, at, epoch: truth.epoch }))
  }
  return { world, versions, truth, shown, publish }
}
type Run = ReturnType<typeof createRun>

/** A runner that keeps the rules: it releases only what it holds, and takes nothing back after that. */
function say({ truth, versions, publish }: Run, word: number): void {
  const released = truth.row !== undefined
  if (word === 0 && !released && truth.phase !== 'over') {
    publish('armed')
    truth.phase = 'armed'
  } else if (word <= 2 && truth.phase === 'armed') {
    publish('holding')
    truth.phase = 'holding'
  } else if (word === 3 && !released && truth.phase !== 'none') {
    publish('undone')
    truth.phase = 'over'
  } else if (word === 4 && released) {
    publish('done')
    truth.phase = 'over'
  } else if (word === 5 && truth.phase === 'over') versions.push(null)
  else if (word === 6 && truth.phase !== 'over') truth.epoch += 1
}

function happen(run: Run, what: Happening): void {
  const { world, versions, truth, shown } = run
  if (what.kind === 'say') say(run, what.word)
  else if (what.kind === 'release' && truth.phase === 'holding')
    truth.row = { runId: 'run-1', epoch: truth.epoch }
  else if (what.kind === 'stale-release') truth.staleRow = { runId: 'run-1', epoch: 0 }
  else if (what.kind === 'foreign') {
    const runId = what.own ? 'run-1' : 'run-0'
    // Only what has been superseded: a lower epoch of the run, or another run that has ended.
    if (truth.epoch > what.epoch || !what.own) {
      versions.splice(
        -1,
        0,
        noticeText('undone', { runId, epoch: 0, since: world.now, until: world.now + 1 }),
      )
    }
  } else if (what.kind === 'read') {
    const text = versions.at(-1 - what.lag) ?? versions[0] ?? null
    world.machine.heard(text, world.now, what.afresh && what.lag === 0)
  } else if (what.kind === 'ask') ask(run, what.takesMs)
  else if (what.kind === 'pass') world.pass(what.ms)
  else if (what.kind === 'stall') world.stall(what.ms)
  else if (what.kind === 'write' && world.hands.isOpen() && world.gate.side === 'source' && shown.release) {
    shown.wroteAfterRelease += 1
  }
}

/** Looks at what was done while `act` ran. */
function watched({ world, shown }: Run, act: () => void): void {
  const before = world.calls.length
  act()
  const opened = world.calls.slice(before).some((call) => call.startsWith('to-source'))
  const { word } = world.machine
  const calledOff = word?.gone === false && ['armed', 'undone'].includes(word.notice.phase)
  // Whatever else was read: the target was asked no longer ago than evidence counts, and had no release. Only where the
  // run itself says that it was called off, a target that does not answer is not waited for for ever.
  if (opened && !calledOff && shown.absentAsOf < world.now - freshMs) shown.reopenedUnproven += 1
  if (opened && shown.release) shown.reopenedUnproven += 1
  expect(shown.wroteAfterRelease, 'writes at the source after a release was seen').toBe(0)
  expect(shown.reopenedUnproven, 'opened onto the source without evidence of the target').toBe(0)
  if (shown.release) expect(world.gate.side).toBe('target')
}

function ask({ world, truth, shown }: Run, takesMs: number): void {
  const question = world.machine.question
  if (question === undefined) return
  const asOf = world.now
  const stored = truth.row ?? truth.staleRow
  const row = stored?.runId === question.runId ? stored : null
  world.pass(takesMs)
  const epoch = world.machine.hold?.epoch ?? world.machine.word?.notice.epoch ?? Infinity
  if (world.machine.question?.runId === question.runId) {
    shown.absentAsOf = row === null ? asOf : -Infinity
    if (row !== null && row.epoch >= epoch) shown.release = true
  }
  world.machine.answered(question.runId, row, asOf)
}

/** Everything is reachable again, and time goes on. */
function settle(run: Run): void {
  const { world, versions } = run
  for (let round = 0; round < 4; round += 1) {
    watched(run, () => world.pass(20_000))
    watched(run, () => world.machine.heard(versions.at(-1) ?? null, world.now, true))
    watched(run, () => ask(run, 1))
  }
}

const word = (said: number): Happening => ({ kind: 'say', word: said })
const look: Happening = { kind: 'read', lag: 0, afresh: false }
const takenBack = [word(0), look, word(1), look, word(0), look]
const notReleased = [
  word(0),
  word(1),
  look,
  { kind: 'pass', ms: 2500 },
  { kind: 'stale-release' },
  { kind: 'ask', takesMs: 1 },
  word(3),
  look,
  { kind: 'ask', takesMs: 1 },
] satisfies Happening[]
const calledOff = [word(0), word(1), look, { kind: 'pass', ms: 2500 }, word(3), look] satisfies Happening[]

it('never goes on at the source against evidence, never holds beyond the limit, and ends where the evidence leads', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.array(happening, { minLength: 5, maxLength: 40 }), (happenings) => {
      const run = createRun()
      const { world } = run
      for (const what of happenings) {
        watched(run, () => happen(run, what))
        if (what.kind === 'pass' && world.gate.state === 'closed') {
          const limit = world.machine.hold?.limitEndsMs ?? 0
          expect(world.clock.now().getTime(), 'held beyond the limit').toBeLessThan(limit)
        }
      }
      settle(run)
      for (const call of world.calls) seen.add(call.split(' ')[0] ?? '')
      if (run.truth.row === undefined && run.truth.staleRow !== undefined) {
        // Nobody may say that there is no release, and nobody may take this one for it.
        expect([world.gate.state === 'refusing', world.gate.side === 'source']).toContain(true)
        return
      }
      expect(world.gate.state).toBe('open')
      if (run.truth.row === undefined) expect(world.gate.side).toBe('source')
      // A process for which the run is over, or never was, may be at the source still, where the fence meets it.
      else if (world.gate.side === 'source') expect(world.machine.question).toBeUndefined()
    }),
    { numRuns: 1000, examples: [[takenBack], [calledOff], [notReleased]] },
  )
  expect([...seen].sort()).toEqual(['close', 'expect', 'forget', 'refuse', 'to-source', 'to-target'])
})
