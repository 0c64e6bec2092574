import type { GrayDocument, RegisteredInstance, Subscriber } from '../../core/ports/config-center.ts'
import { unsupported } from './unsupported.ts'

/** A kind of center that holds documents and nothing else: what it cannot do is refused as unsupported. */
export abstract class PlainCenter {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  subscribers(): Promise<readonly Subscriber[]> {
    return this.#refuse('list of subscribers')
  }

  registered(): Promise<readonly RegisteredInstance[]> {
    return this.#refuse('registered instances')
  }

  gray(): Promise<GrayDocument | null> {
    return this.#refuse('gray versions')
  }

  putGray(): Promise<GrayDocument> {
    return this.#refuse('gray versions')
  }

  stopGray(): Promise<void> {
    return this.#refuse('gray versions')
  }

  #refuse(what: string): Promise<never> {
    return Promise.reject(unsupported(this.name, what))
  }
}
