/** What the process that acts and the small one that watches over it say to each other. Imports nothing. */

export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type StopSignal = (typeof stopSignals)[number]

/** What a supervisor must know of a run before anything is done in it. */
export interface ToldRun {
  readonly runId: string
  /** Where its journal is. */
  readonly directory: string
  /** What the playbook wants when the process dies in the pause before the point of no return. */
  readonly onCrash: 'resume' | 'undo'
  /** Ids of the items of the pause: when all are done, it is over. */
  readonly pauseItems: readonly string[]
  /** Options for taking it up: where it is, what was agreed to beforehand, the result file. */
  readonly takeUpArguments: Readonly<Record<'resume' | 'undo', readonly string[]>>
}

export type FromWorker =
  /** Signals may be passed on from now. */
  | { readonly type: 'ready' }
  | { readonly type: 'run'; readonly run: ToldRun }
  /** The end is near and on purpose. */
  | { readonly type: 'end'; readonly exitCode: number }

/** A signal that reached the supervisor. */
export interface FromSupervisor {
  readonly type: 'signal'
  readonly name: StopSignal
}

/** The same signal, directly and passed on within this time, was one: a terminal's Ctrl-C reaches both. Milliseconds. */
const samePressMs = 500

// A channel alone proves nothing: process managers start their programs with one, too.
let supervised = false

/** True: a supervisor started this process and reads what it tells. */
export function isSupervised(): boolean {
  return supervised
}

/** Resolves when the supervisor has it. Does nothing when there is none, or it is gone: the run goes on all the same. */
export function tellSupervisor(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (!supervised || !process.send || !process.connected) resolve()
    else process.send(message, undefined, undefined, () => resolve())
  })
}

type Listener = (name: StopSignal) => void
const isTwin = matchTwins(() => performance.now())
const early: StopSignal[] = []
let listener: Listener = (name) => early.push(name)
let stopHolding = (): void => undefined

/**
 * For a worker's first line: from now on a stop signal waits for `onStopSignal` instead of ending the process. A worker
 * that takes up a run in the pause must not die of a Ctrl-C while it starts.
 */
export async function beginWorker(): Promise<void> {
  supervised = process.send !== undefined
  stopHolding = hear((name) => listener(name))
  await tellSupervisor({ type: 'ready' })
}

/**
 * Calls back for every stop signal, also one that was held: those that reached this process, and those its supervisor
 * got and passed on. A key press that reached both counts once. Dispose to give the signals their ordinary effect again.
 */
export function onStopSignal(callback: Listener): Disposable {
  stopHolding()
  const stop = hear(callback)
  for (const name of early.splice(0)) callback(name)
  return { [Symbol.dispose]: stop }
}

function hear(callback: Listener): () => void {
  const direct = (name: StopSignal): void => {
    if (!isTwin('direct', name)) callback(name)
  }
  const forwarded = onForwardedSignal((name) => {
    if (!isTwin('forwarded', name)) callback(name)
  })
  for (const name of stopSignals) process.on(name, direct)
  return () => {
    forwarded[Symbol.dispose]()
    for (const name of stopSignals) process.off(name, direct)
  }
}

/** Calls back for every signal that reached the supervisor, whether it reached this process, too, or not. */
export function onForwardedSignal(callback: Listener): Disposable {
  if (!supervised) return { [Symbol.dispose]: () => undefined }
  const onMessage = (message: FromSupervisor): void => {
    if (message.type === 'signal') callback(message.name)
  }
  process.on('message', onMessage)
  process.channel?.unref() // listening must not keep the process alive
  return { [Symbol.dispose]: () => void process.off('message', onMessage) }
}

/** Says of a signal that came one way whether it is the twin of one that came the other way and was taken already. */
export function matchTwins(nowMs: () => number): (way: 'direct' | 'forwarded', name: StopSignal) => boolean {
  const single: { readonly way: string; readonly name: StopSignal; readonly atMs: number }[] = []
  return (way, name) => {
    const atMs = nowMs()
    const twin = single.findIndex(
      (other) => other.way !== way && other.name === name && atMs - other.atMs <= samePressMs,
    )
    if (twin === -1) single.push({ way, name, atMs })
    else single.splice(twin, 1)
    return twin !== -1
  }
}
