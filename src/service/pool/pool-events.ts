import type { EventEmitter } from 'node:events'

const names: ReadonlySet<string | symbol> = new Set(['acquire', 'connection', 'enqueue', 'release'])

/** Lets the listeners of a facade hear the driver's pool that is in use now, from the first listener on. */
export class PoolEvents {
  readonly #facade: EventEmitter
  readonly #forwards = new Map<string | symbol, (...given: unknown[]) => void>()
  #pool: EventEmitter

  constructor(facade: EventEmitter, pool: EventEmitter) {
    this.#facade = facade
    this.#pool = pool
    facade.on('newListener', (name: string | symbol) => {
      if (names.has(name) && !this.#forwards.has(name)) this.#listen(name)
    })
  }

  moveTo(pool: EventEmitter): void {
    for (const [name, forward] of this.#forwards) {
      this.#pool.removeListener(name, forward)
      pool.on(name, forward)
    }
    this.#pool = pool
  }

  #listen(name: string | symbol): void {
    const forward = (...given: unknown[]): void => void this.#facade.emit(name, ...given)
    this.#forwards.set(name, forward)
    this.#pool.on(name, forward)
  }
}
