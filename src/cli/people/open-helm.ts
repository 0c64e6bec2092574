import type { Json } from '../../core/json.ts'
import type { Playbook } from '../../core/playbook.ts'
import type { RunEvent } from '../../core/run-event.ts'
import { systemClock } from '../../core/system-clock.ts'
import { createRunControl, type RunWheel } from '../../runner/run-control.ts'
import { openRunSocket } from '../control/open-run-socket.ts'
import { runHandlers } from '../control/run-handlers.ts'
import type { ControlServer } from '../control/control-server.ts'
import { listenForStop } from './listen-for-stop.ts'
import { openAnswering, type Answering } from './open-answering.ts'
import { redactor } from '../redactor.ts'
import { steerBySignals, type SignalSteering } from './steer-by-signals.ts'
import { openTerminal, type Terminal } from '../terminal/open-terminal.ts'
import { shownPlaybook } from '../terminal/shown-playbook.ts'

/** By what people see and steer a run: its terminal and whoever is at it, stop signals, and its control socket. */
export interface Helm extends Answering, AsyncDisposable {
  readonly terminal: Terminal
  readonly control: RunWheel
  /** By which other terminals steer the run; no other process works on this run while it is open. */
  readonly socket: ControlServer
  /** Fires at a stop that comes before anything is done. */
  readonly signal: AbortSignal
  /** From now on stop signals steer the run. */
  takeTheWheel(): void
  /** Something happened in the run. */
  onEvent(event: RunEvent): void
}

interface HelmOptions {
  readonly confirm: string | undefined
  readonly agree: readonly string[] | 'all'
  /** True: a stop signal waits until the run is under way. */
  readonly waits: boolean
}

/** @throws CutoverError `locked` when another process works on this run. */
export async function openHelm(
  run: { readonly playbook: Playbook; readonly runId: string; readonly directory: string },
  { waits, ...answers }: HelmOptions,
): Promise<Helm> {
  const redact = (text: string): string => redactor.redact(text)
  const playbook = shownPlaybook(run.playbook)
  const socket = await openRunSocket(run, redact, (text) => void process.stderr.write(`${text}\n`))
  const control = createRunControl()
  const terminal = openTerminal({
    playbook,
    stream: process.stderr,
    redact,
    position: () => control.position(),
    mayAsk: () => answering.person.isThere(),
  })
  const say = (text: string): void => terminal.say(text)
  const answering = openAnswering({ run, ...answers, control, onPrompt: (open) => terminal.holdFooter(open) })
  const stop = listenForStop({ waits, say })
  const onSuspend = (): void => say('Ctrl-Z does nothing here: users would wait for a run that sleeps.')
  process.on('SIGTSTP', onSuspend)
  let steering: SignalSteering | undefined
  const live = (): Json => (terminal.facts() ?? null) as unknown as Json
  socket.handle(runHandlers(control, { playbook: playbook as unknown as Json, live }))
  return {
    ...answering,
    terminal,
    control,
    socket,
    signal: stop.signal,
    takeTheWheel() {
      steering = steerBySignals({ control, person: answering.person, say, clock: systemClock })
      stop.steer(steering)
    },
    onEvent(event) {
      terminal.show(event)
      socket.tell(event)
      stop.onRunEvent()
      // What is still asked about a run that has ended must not stand in the way of its report.
      if (event.type === 'journal' && event.entry.type === 'run.ended') steering?.[Symbol.dispose]()
    },
    async [Symbol.asyncDispose]() {
      process.off('SIGTSTP', onSuspend)
      terminal[Symbol.dispose]()
      stop[Symbol.dispose]()
      await socket[Symbol.asyncDispose]()
    },
  }
}
