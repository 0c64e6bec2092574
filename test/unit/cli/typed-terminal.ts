import { PassThrough, Writable } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'
import { expect } from 'vitest'
import { openPromptQueue, type PromptQueue } from '../../../src/cli/people/prompt-queue.ts'

export const keys = { enter: '\r', down: '\u001b[B', escape: '\u001b', ctrlC: '\u0003' }

/** A terminal at which a test types. */
export interface TypedTerminal {
  readonly prompts: PromptQueue
  /** Whether a prompt was open, in the order of the changes. */
  readonly open: readonly boolean[]
  /** Everything that was shown, without colours and movements. */
  readonly shown: () => string
  /** Types when this text is on the screen, counted from what was typed before. */
  typeAt(text: string, typed: string): Promise<void>
  /** Types now, whatever is on the screen. */
  type(typed: string): void
  /** The terminal is gone. */
  hangUp(): void
}

export function openTypedTerminal(): TypedTerminal {
  const input = new PassThrough() as unknown as ReadStream
  Object.assign(input, { isTTY: true, setRawMode: () => input })
  let text = ''
  let read = 0
  const open: boolean[] = []
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  }) as unknown as NodeJS.WriteStream
  Object.assign(output, { isTTY: true, columns: 200, rows: 50 })
  const shown = (): string => stripVTControlCharacters(text)
  const write = (typed: string): void => {
    ;(input as unknown as PassThrough).write(typed)
  }
  return {
    prompts: openPromptQueue({ interactive: true, input, output, onPrompt: (isOpen) => open.push(isOpen) }),
    open,
    shown,
    async typeAt(wanted, typed) {
      await expect.poll(() => shown().slice(read), { timeout: 10_000 }).toContain(wanted)
      read = shown().length
      write(typed)
    },
    type: write,
    hangUp: () => (input as unknown as PassThrough).end(),
  }
}
