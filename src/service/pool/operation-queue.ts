import type { Operation } from './operation.ts'

/** Operations, first in, first out; each is in one queue at most. Linked, because most queues never hold more than one. */
export class OperationQueue {
  first: Operation | undefined
  #last: Operation | undefined

  get isEmpty(): boolean {
    return this.first === undefined
  }

  /** @returns whether it is the first. */
  push(operation: Operation): boolean {
    const last = this.#last
    this.#last = operation
    if (last === undefined) this.first = operation
    else last.next = operation
    return last === undefined
  }

  /** Does nothing when it is not in here. */
  remove(operation: Operation): void {
    let before: Operation | undefined
    for (let each = this.first; each !== undefined; before = each, each = each.next) {
      if (each !== operation) continue
      if (before === undefined) this.first = each.next
      else before.next = each.next
      if (this.#last === each) this.#last = before
      each.next = undefined
      return
    }
  }

  /** Takes all of them out. */
  drain(): readonly Operation[] {
    const all: Operation[] = []
    for (let each = this.first; each !== undefined; each = this.first) {
      this.first = each.next
      each.next = undefined
      all.push(each)
    }
    this.#last = undefined
    return all
  }
}
