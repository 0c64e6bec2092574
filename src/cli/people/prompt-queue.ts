import { setTimeout as delay } from 'node:timers/promises'
import type { ReadStream } from 'node:tty'

/** What a prompt needs; spread it into the options of any clack prompt. */
export interface PromptPlace {
  readonly input: ReadStream
  readonly output: NodeJS.WriteStream
  /** Fires when the asker has lost interest, or when nobody can type any more. */
  readonly signal: AbortSignal
}

/** The one place where a person is asked. Two prompts are never on the screen at once. */
export interface PromptQueue {
  /** False: there is no terminal, or it has gone; every answer is undefined then. */
  readonly interactive: boolean
  /**
   * Shows a prompt as soon as the one before it is off the screen.
   * @returns what was answered; undefined when there is no terminal, the prompt was cancelled (Ctrl-C, Esc), its input
   *   ended or the signal fired, also while it waited for its turn. None of these is an answer.
   */
  show<Value>(
    signal: AbortSignal,
    prompt: (place: PromptPlace) => Promise<Value | symbol>,
  ): Promise<Value | undefined>
}

interface PromptQueueOptions {
  /** Both must be terminals, else a prompt would take an end of file for an answer. */
  readonly interactive: boolean
  readonly input: ReadStream
  readonly output: NodeJS.WriteStream
  /** Called around a prompt, so that nothing else draws where it is. */
  readonly onPrompt?: ((open: boolean) => void) | undefined
}

/** What was typed before the question was on the screen is no answer to it. */
const typeAheadMs = 40

export function openPromptQueue(options: PromptQueueOptions): PromptQueue {
  const { input, output } = options
  let turn: Promise<unknown> = Promise.resolve()
  let gone = false

  async function showNow<Value>(
    signal: AbortSignal,
    prompt: (place: PromptPlace) => Promise<Value | symbol>,
  ): Promise<Value | undefined> {
    if (gone || signal.aborted) return undefined
    const closing = new AbortController()
    const close = (): void => closing.abort()
    const onGone = (): void => {
      gone = true
      close()
    }
    signal.addEventListener('abort', close, { once: true })
    for (const event of ends) input.once(event, onGone)
    options.onPrompt?.(true)
    try {
      if (await cancelledEarly(input)) return undefined
      const answer = await prompt({ input, output, signal: closing.signal })
      return typeof answer === 'symbol' ? undefined : answer
    } finally {
      options.onPrompt?.(false)
      for (const event of ends) input.off(event, onGone)
      signal.removeEventListener('abort', close)
    }
  }

  return {
    get interactive() {
      return options.interactive && !gone
    },
    show(signal, prompt) {
      if (!options.interactive) return Promise.resolve(undefined)
      const mine = turn.then(() => showNow(signal, prompt))
      turn = mine.catch(() => undefined)
      return untilAborted(mine, signal)
    },
  }
}

/** What the input emits when its terminal was lost, one or more of them. */
const ends = ['end', 'close', 'error'] as const

/** Throws away what was typed ahead. True: a Ctrl-C was among it, which in raw mode is a character like any other. */
async function cancelledEarly(input: ReadStream): Promise<boolean> {
  let cancelled = false
  const discard = (chunk: Buffer | string): void => {
    cancelled ||= chunk.toString().includes('\u0003')
  }
  input.setRawMode(true)
  input.on('data', discard)
  await delay(typeAheadMs)
  input.off('data', discard)
  input.pause()
  input.setRawMode(false)
  return cancelled
}

/** Whoever waits for his turn leaves the queue at once when his signal fires. */
async function untilAborted<Value>(
  mine: Promise<Value | undefined>,
  signal: AbortSignal,
): Promise<Value | undefined> {
  if (signal.aborted) return undefined
  let leave = (): void => undefined
  const left = new Promise<undefined>((resolve) => {
    leave = () => resolve(undefined)
    signal.addEventListener('abort', leave, { once: true })
  })
  try {
    return await Promise.race([mine, left])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
