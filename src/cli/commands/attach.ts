import { foldJournal } from '../../core/fold.ts'
import { verdictLine } from '../../report/verdict-line.ts'
import { entriesOf } from '../control/connect-patiently.ts'
import { reachRun } from '../control/reach-run.ts'
import { openRunScreen, type RunScreen } from '../control/run-screen.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import type { ShownPlaybook } from '../terminal/shown-playbook.ts'
import { onStopSignal } from '../worker-channel.ts'

/** Shows a run as its own terminal does, from its beginning, until it ends or Ctrl-C: that leaves, and stops nothing. */
export async function attach(run: string | undefined, options: { readonly runs: string }): Promise<ExitCode> {
  const screen = openRunScreen(process.stdout)
  let leave = (): void => undefined
  const left = new Promise<'left'>((resolve) => {
    leave = () => resolve('left')
  })
  using _signals = onStopSignal(leave)
  // A process that dies may have a successor, which is then followed.
  for (;;) {
    const how = await follow(run, options.runs, screen, left)
    if (how === 'left') {
      screen.say('Left. The run goes on without you.')
      return exitCodes.done
    }
    if (how !== 'cut off') {
      screen.say(how)
      return exitCodes.done
    }
  }
}

/** Resolves to the sentence that tells how the run ended, `left`, or `cut off` when its process ended before the run. */
async function follow(
  run: string | undefined,
  runs: string,
  screen: RunScreen,
  left: Promise<'left'>,
): Promise<string> {
  using reached = await reachRun(runs, run, (event) => screen.show(event))
  const { client, directory } = reached
  const { playbook } = (await client.request('watch')) as unknown as { readonly playbook: ShownPlaybook }
  screen.begin(playbook, await entriesOf(directory))
  const how = await Promise.race([client.closed, left])
  if (how === 'left') return how
  const entries = await entriesOf(directory)
  screen.begin(playbook, entries)
  const state = foldJournal(entries)
  return state.ended ? verdictLine(state, entries.at(-1)) : 'cut off'
}
