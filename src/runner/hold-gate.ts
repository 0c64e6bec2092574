import { CutoverError, toCutoverError } from '../core/errors.ts'
import { orAborted, startDeadline, type Deadline } from '../core/deadline.ts'
import type { GateReader, GateReading } from '../core/gate.ts'
import type { FailureRecord } from '../core/journal-entry.ts'
import type { PlaybookGate } from '../core/playbook.ts'
import { contextFor, failureOf, gateKindOf, rethrowLost, type ItemResult, type Run } from './run.ts'

/** Waits until a gate gave enough open readings in a row. A gate that cannot be read is not open. */
export async function holdGate(run: Run, gate: PlaybookGate): Promise<ItemResult> {
  await run.recorder.append({ type: 'gate.waiting', id: gate.id, uses: gate.uses })
  const outer = run.steering.forWait()
  using deadline = startDeadline(run.clock, gate.timing.deadlineMs, `waiting for gate ${gate.id}`, outer)
  const watch = startWatch(run, gate, deadline)
  try {
    const measured = await watch.untilOpen()
    await run.recorder.append({ type: 'gate.opened', id: gate.id, measured })
    return { ok: true }
  } catch (error) {
    rethrowLost(run, error)
    const explained = explain(failureOf(error, deadline.signal), watch.last())
    const failure = outer.aborted ? explained : silenceAsNo(run, gate, explained)
    if (failure.code === 'interrupted' && !run.steering.cut()) return { ok: false, failure, wished: true }
    await run.recorder.append({ type: 'gate.failed', id: gate.id, failure })
    return failure.code === 'operator.declined'
      ? { ok: false, failure, declined: true }
      : { ok: false, failure }
  }
}

interface Watch {
  untilOpen(): Promise<string>
  last(): GateReading | undefined
}

function startWatch(run: Run, gate: PlaybookGate, deadline: Deadline): Watch {
  const context = contextFor(run, gate.id, deadline.signal)
  const kind = gateKindOf(run.catalogue, gate.uses)
  const startedAt = run.clock.monotonicMs()
  let reader: GateReader | undefined
  let last: GateReading | undefined
  let good = 0

  async function read(): Promise<GateReading> {
    try {
      // Opened here: what keeps a gate from being opened (a server that is away) may pass, like a failed reading.
      reader ??= await orAborted(kind.open(context, gate.with as never), deadline.signal)
      return await orAborted(reader.read(deadline.signal), deadline.signal)
    } catch (error) {
      rethrowLost(run, error)
      deadline.signal.throwIfAborted()
      return unknownBecause(error)
    }
  }

  async function take(): Promise<GateReading> {
    const reading = await read()
    good = reading.state === 'open' ? good + 1 : 0
    run.recorder.emit({
      type: 'gate.reading',
      id: gate.id,
      reading,
      good,
      goodWanted: gate.timing.goodReadings,
      waitedMs: run.clock.monotonicMs() - startedAt,
      remainingMs: deadline.remainingMs(),
    })
    if (isTransition(last, reading)) {
      await run.recorder.append({ type: 'gate.read', id: gate.id, reading })
    }
    last = reading
    return reading
  }

  return {
    last: () => last,
    async untilOpen() {
      for (;;) {
        const reading = await take()
        if (reading.state === 'open' && good >= gate.timing.goodReadings) return reading.measured
        if (reading.state === 'closed' && (reading.final || reading.declined))
          throw closedForGood(gate, reading)
        await run.clock.sleep(gate.timing.everyMs, deadline.signal)
      }
    },
  }
}

function unknownBecause(error: unknown): GateReading {
  const { message, hint } = toCutoverError(error)
  const reason = `cannot be read: ${message}`
  return hint === undefined ? { state: 'unknown', reason } : { state: 'unknown', reason, hint }
}

/** The journal keeps changes. A lag that counts down gives the same sentence with another number, and that is noise. */
function isTransition(before: GateReading | undefined, now: GateReading): boolean {
  return before?.state !== now.state || shape(before) !== shape(now)
}

function shape(reading: GateReading): string {
  return reading.state === 'open' ? '' : reading.reason.replace(/\d+/g, '#')
}

function closedForGood(gate: PlaybookGate, reading: Extract<GateReading, { state: 'closed' }>): CutoverError {
  const code = reading.declined ? 'operator.declined' : 'gate.closed'
  const details = reading.hint === undefined ? {} : { hint: reading.hint }
  return new CutoverError(code, `gate ${gate.id} is closed: ${reading.reason}`, details)
}

/** Where a person's word is waited for, a deadline that passed by itself is that word: no. */
function silenceAsNo(run: Run, gate: PlaybookGate, failure: FailureRecord): FailureRecord {
  if (failure.code !== 'deadline' || !gateKindOf(run.catalogue, gate.uses).silenceIsNo) return failure
  return { ...failure, code: 'operator.declined', message: `no answer is a no: ${failure.message}` }
}

/** A deadline alone says nothing at 3 am; what the gate saw last does. */
function explain(failure: FailureRecord, last: GateReading | undefined): FailureRecord {
  if (failure.code !== 'deadline' || !last) return failure
  const saw = last.state === 'open' ? `open, but not for long enough (${last.measured})` : last.reason
  const hint = failure.hint ?? (last.state === 'open' ? undefined : last.hint)
  const message = `${failure.message}; last seen: ${saw}`
  return hint === undefined ? { ...failure, message } : { ...failure, message, hint }
}
