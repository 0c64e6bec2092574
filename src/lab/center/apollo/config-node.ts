import { createHmac } from 'node:crypto'
import type { ApolloAnswer, ApolloRequest } from './apollo-http.ts'
import { ApolloRefusal } from './apollo-refusal.ts'
import type { ApolloRelease, ApolloStore } from './apollo-store.ts'

export interface ConfigNodeOptions {
  readonly app: string
  readonly cluster: string
  /** Absent: requests are not signed. */
  readonly accessKey?: string | undefined
  /** Time until a release is seen here, milliseconds. */
  readonly visibleAfterMs: number
  /** Longest time a notification request hangs, milliseconds. */
  readonly hangMs: number
}

interface Seen {
  readonly release: ApolloRelease | undefined
  readonly notificationId: number
}

interface Poll {
  readonly wanted: ReadonlyMap<string, number>
  readonly finish: (answer: ApolloAnswer) => void
}

const signatureAgeMs = 60_000

/** One server of the config service: what it has seen of the releases, and who waits for the next. */
export class ConfigNode {
  readonly #store: ApolloStore
  readonly #options: ConfigNodeOptions
  readonly #seen = new Map<string, Seen>()
  readonly #polls = new Set<Poll>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #merged = new Map<string, Readonly<Record<string, string>>>()
  readonly #earlier = new Map<string, number>()
  #stale = false
  #messages = 0

  constructor(store: ApolloStore, options: ConfigNodeOptions) {
    this.#store = store
    this.#options = options
    store.onRelease(({ name }) => this.#announce(name))
  }

  /** True: it shows what it has and announces no more. False: it catches up. */
  setStale(stale: boolean): void {
    this.#stale = stale
    if (!stale) for (const name of this.#seen.keys()) this.#show(name)
  }

  /** Shows the release before the one it announced, for so many requests: news may come before what it is about. */
  showEarlier(name: string, times: number): void {
    this.#earlier.set(name, times)
  }

  /** Associates a namespace with the public one of the same name, whose values are merged into what clients read. */
  associate(name: string, publicValues: Readonly<Record<string, string>>): void {
    this.#merged.set(name, publicValues)
  }

  /** How many clients wait for a change. */
  get waiting(): number {
    return this.#polls.size
  }

  answer(request: ApolloRequest): ApolloAnswer | Promise<ApolloAnswer> {
    if (request.parts[0] === 'health') return { status: 200, json: { status: 'UP' } }
    const [route, app, cluster, name] = request.parts
    const isPoll = route === 'notifications'
    this.#authenticate(request, isPoll ? (request.query.get('appId') ?? '') : (app ?? ''))
    if (isPoll) return this.#poll(request)
    if (route !== 'configs' || app !== this.#options.app || cluster !== this.#options.cluster || !name) {
      throw new ApolloRefusal(404, 'Not Found')
    }
    return this.#configuration(name.replace(/\.properties$/, ''), request.query.get('releaseKey'))
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const poll of this.#polls) poll.finish({ status: 304 })
  }

  #configuration(name: string, releaseKey: string | null): ApolloAnswer {
    const release = this.#shown(name)
    if (!release) throw new ApolloRefusal(404, 'Could not load configurations')
    const shared = this.#merged.get(name)
    const key = shared ? `${release.key}+public` : release.key
    if (key === releaseKey) return { status: 304 }
    const { app, cluster } = this.#options
    const configurations = { ...shared, ...release.configurations }
    return {
      status: 200,
      json: { appId: app, cluster, namespaceName: name, configurations, releaseKey: key },
    }
  }

  #shown(name: string): ApolloRelease | undefined {
    const times = this.#earlier.get(name) ?? 0
    this.#earlier.set(name, Math.max(0, times - 1))
    if (times > 0) return this.#store.namespace(name).releases.at(-2)
    return this.#seen.get(name)?.release
  }

  #poll(request: ApolloRequest): ApolloAnswer | Promise<ApolloAnswer> {
    const wanted = new Map<string, number>()
    for (const one of JSON.parse(request.query.get('notifications') ?? '[]') as unknown[]) {
      const { namespaceName, notificationId } = one as { namespaceName: string; notificationId: number }
      wanted.set(namespaceName.replace(/\.properties$/, ''), notificationId)
    }
    const news = this.#newsFor(wanted)
    if (news.length > 0) return { status: 200, json: news }
    return new Promise((resolve) => {
      const finish = (answer: ApolloAnswer): void => {
        clearTimeout(timer)
        this.#polls.delete(poll)
        resolve(answer)
      }
      const poll: Poll = { wanted, finish }
      const timer = setTimeout(() => finish({ status: 304 }), this.#options.hangMs)
      this.#polls.add(poll)
    })
  }

  #newsFor(wanted: ReadonlyMap<string, number>): readonly object[] {
    const { app, cluster } = this.#options
    return [...wanted].flatMap(([namespaceName, known]) => {
      const notificationId = this.#seen.get(namespaceName)?.notificationId ?? -1
      const details = { [`${app}+${cluster}+${namespaceName}`]: notificationId }
      return notificationId > known ? [{ namespaceName, notificationId, messages: { details } }] : []
    })
  }

  #announce(name: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#show(name)
    }, this.#options.visibleAfterMs)
    this.#timers.add(timer)
  }

  #show(name: string): void {
    const before = this.#seen.get(name)
    if (this.#stale) {
      this.#seen.set(name, before ?? { release: undefined, notificationId: -1 })
      return
    }
    this.#messages += 1
    this.#seen.set(name, { release: this.#store.latest(name), notificationId: this.#messages })
    for (const poll of this.#polls) {
      const news = this.#newsFor(poll.wanted)
      if (news.length > 0) poll.finish({ status: 200, json: news })
    }
  }

  #authenticate({ headers, target }: ApolloRequest, app: string): void {
    const { accessKey } = this.#options
    if (accessKey === undefined) return
    const timestamp = String(headers.timestamp)
    const signature = createHmac('sha1', accessKey).update(`${timestamp}\n${target}`).digest('base64')
    const fresh = Math.abs(Date.now() - Number(timestamp)) < signatureAgeMs
    if (!fresh || headers.authorization !== `Apollo ${app}:${signature}`) {
      throw new ApolloRefusal(401, 'Unauthorized')
    }
  }
}
