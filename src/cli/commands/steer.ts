import { endSentence } from '../../core/end-sentence.ts'
import type { ControlWish } from '../../core/journal-entry.ts'
import { callerName } from '../control/caller.ts'
import { reachRun } from '../control/reach-run.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'

export interface SteerOptions {
  readonly runs: string
  /** Why; it goes on the record. */
  readonly reason?: string
  /** Of `stop`: do not wait for a safe point, walk back. */
  readonly now?: true
}

/** Lets a run wait at its next safe point. */
export function pause(run: string | undefined, options: SteerOptions): Promise<ExitCode> {
  return steer('hold', run, options)
}

/** Lets a run go on that waits, and takes back a stop or pause that has not happened yet. */
export function goOn(run: string | undefined, options: SteerOptions): Promise<ExitCode> {
  return steer('go-on', run, options)
}

/** Ends a run at its next safe point, or at once by walking back. */
export function stop(run: string | undefined, options: SteerOptions): Promise<ExitCode> {
  return steer(options.now ? 'undo' : 'park', run, options)
}

async function steer(wish: ControlWish, run: string | undefined, options: SteerOptions): Promise<ExitCode> {
  using reached = await reachRun(options.runs, run)
  const { client } = reached
  const why = options.reason === undefined ? {} : { why: options.reason }
  const sentence = await client.request('ask', { wish, by: callerName(), ...why })
  process.stdout.write(
    `${client.hello.runId} ${endSentence(typeof sentence === 'string' ? sentence : 'has it')}\n`,
  )
  return exitCodes.done
}

/** Puts a remark into a run's journal. */
export async function note(
  text: string,
  run: string | undefined,
  options: { readonly runs: string },
): Promise<ExitCode> {
  using reached = await reachRun(options.runs, run)
  await reached.client.request('note', { text, by: callerName() })
  process.stdout.write(`${reached.client.hello.runId} noted.\n`)
  return exitCodes.done
}
