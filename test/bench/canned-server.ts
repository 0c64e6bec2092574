import { EventEmitter } from 'node:events'

/** What the driver needs of a socket. */
export interface CannedStream extends EventEmitter {
  readonly destroyed: boolean
  write(packet: Buffer, written: () => void): boolean
}

const command = { query: 3, prepare: 22, execute: 23 } as const
const status = { inTransaction: 1, autocommit: 2 } as const
const varchar = 253

/**
 * A stream at whose other end a server seems to be: it answers each statement within the same turn of the event loop,
 * with bytes that were made beforehand. What is left of a statement's time is the client's own.
 *
 * Every text that begins with `SELECT` has one row of one column, everything else an OK.
 */
export function openCannedServer(): CannedStream {
  return new Canned()
}

class Canned extends EventEmitter implements CannedStream {
  destroyed = false
  #isOpen = false
  #inTransaction = false

  constructor() {
    super()
    process.nextTick(() => this.emit('data', greeting))
  }

  write(sent: Buffer, written: () => void): boolean {
    const answer = this.#answer(sent)
    process.nextTick(() => {
      written()
      if (answer !== undefined) this.emit('data', answer)
    })
    return true
  }

  end(): void {
    this.destroy()
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    process.nextTick(() => this.emit('close'))
  }

  pause(): void {}

  resume(): void {}

  #answer(sent: Buffer): Buffer | undefined {
    if (!this.#isOpen) {
      this.#isOpen = true
      return loggedIn
    }
    switch (sent[4]) {
      case command.prepare:
        return prepared
      case command.execute:
        return binaryRow
      case command.query:
        return this.#answerText(sent)
      default:
        this.destroy() // it was told to end
        return undefined
    }
  }

  #answerText(sent: Buffer): Buffer {
    const firstLetters = sent.toString('latin1', 5, 9)
    if (firstLetters === 'SELE') return textRow
    if (firstLetters === 'STAR') this.#inTransaction = true
    if (firstLetters === 'COMM') this.#inTransaction = false
    return this.#inTransaction ? okInTransaction : ok
  }
}

/** Puts the header before each. */
function packets(first: number, ...payloads: readonly Buffer[]): Buffer {
  return Buffer.concat(
    payloads.flatMap((payload, index) => {
      const header = Buffer.alloc(4)
      header.writeUIntLE(payload.length, 0, 3)
      header[3] = first + index
      return [header, payload]
    }),
  )
}

function text(value: string): Buffer {
  return Buffer.from([value.length, ...Buffer.from(value)])
}

function okWith(flags: number): Buffer {
  return Buffer.from([0, 1, 1, flags, 0, 0, 0])
}

const capabilities = 0x0000_0001 | 0x0008 | 0x0200 | 0x2000 | 0x8000 | 0x1_0000 | 0x2_0000 | 0x8_0000
const noSecret = Buffer.alloc(20, 1)
const greeting = packets(
  0,
  Buffer.concat([
    Buffer.from([10]),
    Buffer.from('8.4.0-canned\0'),
    Buffer.from([1, 0, 0, 0]),
    noSecret.subarray(0, 8),
    Buffer.from([0, capabilities & 255, (capabilities >> 8) & 255, 45, status.autocommit, 0]),
    Buffer.from([(capabilities >> 16) & 255, capabilities >>> 24, 21]),
    Buffer.alloc(10),
    noSecret.subarray(8),
    Buffer.from('\0mysql_native_password\0'),
  ]),
)
const column = Buffer.concat([
  ...['def', 'bench', 'items', 'items', 'name', 'name'].map(text),
  Buffer.from([12, 45, 0, 160, 0, 0, 0, varchar, 0, 0, 0, 0, 0]),
])
const eof = Buffer.from([254, 0, 0, status.autocommit, 0])
const oneColumn = Buffer.from([1])
const loggedIn = packets(2, okWith(status.autocommit))
const ok = packets(1, okWith(status.autocommit))
const okInTransaction = packets(1, okWith(status.autocommit | status.inTransaction))
const textRow = packets(1, oneColumn, column, eof, text('name 1'), eof)
const binaryRow = packets(
  1,
  oneColumn,
  column,
  eof,
  Buffer.concat([Buffer.from([0, 0]), text('name 1')]),
  eof,
)
const prepared = packets(1, Buffer.from([0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0]), column, eof, column, eof)
