import type { Operation } from './operation.ts'
import { refersBack } from './refers-back.ts'

/** `SET` of settings, whose text says all; with a call or a subquery in it, it may mean something else elsewhere. */
const setting = /^\s*set\s[^();]{1,500};?\s*$/i
/** For the next transaction only. */
const once = /^\s*set\s+transaction\b/i

// Most leases tell their session nothing.
const none: readonly string[] = []

/**
 * What a session was told that it would have to be told again elsewhere. A lease that has nothing else on its session
 * can go on on another one.
 */
export class SessionSettings {
  #texts = none
  /** False: it has something that cannot be told again, such as a lock, a temporary table, the result of a call. */
  isMovable = true
  /** The next statement may ask for the key that this one made. */
  hasJustWritten = false

  get texts(): readonly string[] {
    return this.#texts
  }

  /** A statement has run. */
  succeed(operation: Operation): void {
    if (operation.traits.leavesState) this.#add(operation)
    const { mayWrite } = operation.traits
    // The text is looked through only where the answer makes a difference.
    if (mayWrite !== this.hasJustWritten && !refersBack(operation.command?.sql))
      this.hasJustWritten = mayWrite
  }

  /** True: it asks for what the one before it has left, so it must run where that ran. */
  keeps(operation: Operation): boolean {
    return this.hasJustWritten && refersBack(operation.command?.sql)
  }

  #add({ command, prepare, traits }: Operation): void {
    // What autocommit is, the state of the transaction knows.
    if (traits.transaction.startsWith('autocommit')) return
    // A prepared one has its values elsewhere.
    const text = prepare === undefined ? command?.sql : undefined
    if (text === undefined || !setting.test(text)) this.isMovable = false
    else this.#texts = [...this.#texts, text]
  }

  /** Any other statement has run. */
  passOnce(): void {
    this.#texts = this.#texts.filter((text) => !once.test(text))
  }

  clear(): void {
    this.#texts = none
    this.isMovable = true
  }
}
