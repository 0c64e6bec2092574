import type { DocumentKey } from './document-rows.ts'
import type { DocumentStore } from './document-store.ts'
import { text } from './http-exchange.ts'
import type { NacosAnswer, NacosRequest } from './http-exchange.ts'

interface Held {
  readonly key: DocumentKey
  readonly md5: string
  /** As the client wrote it, for the answer. */
  readonly tenant: string
}

interface Poll {
  readonly ip: string
  readonly held: readonly Held[]
  readonly finish: () => void
}

const wordSeparator = '\u0002'
const lineSeparator = '\u0001'
const shortestHangMs = 10_000
const answerEarlierMs = 500

/** The v1 long poll: a request hangs until one of the client's documents differs from what the client holds. */
export class LongPolls {
  readonly #store: DocumentStore
  readonly #keyOf: (tenant: string, group: string, dataId: string) => DocumentKey
  readonly #open = new Set<Poll>()

  constructor(store: DocumentStore, keyOf: (tenant: string, group: string, dataId: string) => DocumentKey) {
    this.#store = store
    this.#keyOf = keyOf
  }

  async wait(request: NacosRequest): Promise<NacosAnswer> {
    const held = this.#parse(request.fields.get('Listening-Configs') ?? '')
    if (held.length === 0) return text(400, 'caused: invalid probeModify;')
    const asked = Number(request.header('Long-Pulling-Timeout'))
    const changed = this.#changed(held, request.ip)
    const noHang = request.header('Long-Pulling-Timeout-No-Hangup') === 'true'
    if (changed !== '' || !(asked > 0) || noHang) return text(200, changed)
    return this.#hang(request.ip, held, Math.max(shortestHangMs, asked - answerEarlierMs))
  }

  /** Client address to the md5 it holds. Clients of one address are one entry, as on the real server. */
  subscribers(key: DocumentKey): Record<string, string> {
    const found: Record<string, string> = {}
    for (const poll of this.#open) {
      for (const { key: heldKey, md5 } of poll.held) {
        if (JSON.stringify(heldKey) === JSON.stringify(key)) found[poll.ip] = md5
      }
    }
    return found
  }

  /** Answers every open poll. */
  close(): void {
    for (const poll of this.#open) poll.finish()
  }

  // A client that went away stays listed until its poll ends: the real server does not notice either.
  #hang(ip: string, held: readonly Held[], ms: number): Promise<NacosAnswer> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer)
        stopWatching()
        this.#open.delete(poll)
        resolve(text(200, this.#changed(held, ip)))
      }
      const poll: Poll = { ip, held, finish }
      const timer = setTimeout(finish, ms)
      const stopWatching = this.#store.onVisibleChange(() => {
        if (this.#changed(held, ip) !== '') finish()
      })
      this.#open.add(poll)
    })
  }

  #parse(listening: string): Held[] {
    const held: Held[] = []
    for (const line of listening.split(lineSeparator)) {
      if (line === '') continue
      const [dataId = '', group = '', md5 = '', tenant = ''] = line.split(wordSeparator)
      held.push({ key: this.#keyOf(tenant, group, dataId), md5, tenant })
    }
    return held
  }

  #changed(held: readonly Held[], ip: string): string {
    return held
      .filter(({ key, md5 }) => (this.#store.visibleTo(key, ip)?.md5 ?? '') !== md5)
      .map(({ key, tenant }) => {
        const words = tenant === '' ? [key.dataId, key.group] : [key.dataId, key.group, tenant]
        return `${encodeURIComponent(words.join(wordSeparator) + lineSeparator)}\n`
      })
      .join('')
  }
}
