import { randomUUID } from 'node:crypto'
import { ApolloRefusal } from './apollo-refusal.ts'

/*
 * NOT APOLLO. A small stand-in written from the documented protocol, because Apollo's server cannot be had as a package.
 * What it does not know of the real one, tests against it cannot show.
 */

export type ApolloFormat = 'properties' | 'xml' | 'json' | 'yml' | 'yaml' | 'txt'

export interface ApolloItem {
  readonly key: string
  readonly value: string
  readonly comment: string
  readonly type: number
  readonly createdBy: string
  readonly modifiedBy: string
  readonly at: number
}

export interface ApolloRelease {
  readonly id: number
  readonly key: string
  readonly namespace: string
  readonly title: string
  readonly by: string
  readonly at: number
  readonly configurations: Readonly<Record<string, string>>
  abandoned: boolean
}

export interface ApolloNamespace {
  readonly name: string
  readonly format: ApolloFormat
  /** In the order of their lines. */
  items: ApolloItem[]
  readonly releases: ApolloRelease[]
  lockedBy: string | undefined
  /** Name of a gray branch. */
  branch: string | undefined
}

/** What somebody wants an item to be. */
export interface ItemDraft {
  readonly key: string
  readonly value: string
  readonly comment?: string | undefined
  readonly type?: number | undefined
}

export interface StoreOptions {
  /** `namespace.lock.switch`: whoever edits holds the namespace, and somebody else must release. */
  readonly lockSwitch: boolean
  /** `item.value.length.limit`, characters. */
  readonly longestValue: number
}

/** One application, one environment, one cluster: namespaces with items, releases and locks. */
export class ApolloStore {
  readonly #options: StoreOptions
  readonly #namespaces = new Map<string, ApolloNamespace>()
  readonly #watchers = new Set<(namespace: ApolloNamespace) => void>()
  #lastRelease = 0

  constructor(options: StoreOptions) {
    this.#options = options
    this.create('application', 'properties')
  }

  find(name: string): ApolloNamespace | undefined {
    return this.#namespaces.get(name)
  }

  namespace(name: string): ApolloNamespace {
    const found = this.find(name)
    if (!found) throw new ApolloRefusal(404, 'namespace not found')
    return found
  }

  /** @param name the whole name, the format's ending included. */
  create(name: string, format: ApolloFormat): ApolloNamespace {
    if (this.find(name)) throw new ApolloRefusal(400, `Private AppNamespace ${name} already exists!`)
    const made = { name, format, items: [], releases: [], lockedBy: undefined, branch: undefined }
    this.#namespaces.set(name, made)
    return made
  }

  setItem(name: string, draft: ItemDraft, by: string): void {
    const { key, value, comment = '', type = 0 } = draft
    if (key.length > 128) throw new ApolloRefusal(400, 'key too long. length limit:128')
    const limit = this.#options.longestValue
    if (value.length > limit) throw new ApolloRefusal(400, `value too long. length limit:${limit}`)
    this.#edit(name, by, (namespace) => {
      const index = namespace.items.findIndex((item) => item.key === key)
      const createdBy = namespace.items[index]?.createdBy ?? by
      const item = { key, value, comment, type, createdBy, modifiedBy: by, at: Date.now() }
      if (index === -1) namespace.items.push(item)
      else namespace.items[index] = item
    })
  }

  removeItem(name: string, key: string, by: string): void {
    if (!this.namespace(name).items.some((item) => item.key === key)) {
      throw new ApolloRefusal(404, 'item not found')
    }
    this.#edit(name, by, (namespace) => {
      namespace.items = namespace.items.filter((item) => item.key !== key)
    })
  }

  release(name: string, title: string, by: string): ApolloRelease {
    const namespace = this.namespace(name)
    if (namespace.lockedBy === by) throw new ApolloRefusal(400, 'Config can not be published by yourself.')
    this.#lastRelease += 1
    const release: ApolloRelease = {
      id: this.#lastRelease,
      key: randomUUID(),
      namespace: name,
      title,
      by,
      at: Date.now(),
      configurations: valuesOf(namespace),
      abandoned: false,
    }
    namespace.releases.push(release)
    namespace.lockedBy = undefined
    this.#tell(namespace)
    return release
  }

  /** The items stay as they are: they then differ from what is released. */
  rollback(id: number): void {
    const all = [...this.#namespaces.values()]
    const namespace = all.find(({ releases }) => releases.some((release) => release.id === id))
    const active = namespace?.releases.filter((release) => !release.abandoned) ?? []
    if (!namespace || active.length < 2) throw new ApolloRefusal(400, 'only one active release')
    for (const release of active) if (release.id === id) release.abandoned = true
    this.#tell(namespace)
  }

  latest(name: string): ApolloRelease | undefined {
    return this.find(name)?.releases.findLast((release) => !release.abandoned)
  }

  releaseOf(id: number): ApolloRelease | undefined {
    return [...this.#namespaces.values()].flatMap(({ releases }) => releases).find((one) => one.id === id)
  }

  onRelease(watcher: (namespace: ApolloNamespace) => void): void {
    this.#watchers.add(watcher)
  }

  #edit(name: string, by: string, edit: (namespace: ApolloNamespace) => void): void {
    const namespace = this.namespace(name)
    const { lockSwitch } = this.#options
    if (lockSwitch && namespace.lockedBy !== undefined && namespace.lockedBy !== by) {
      throw new ApolloRefusal(400, `namespace:${name} is modified by ${namespace.lockedBy}`)
    }
    edit(namespace)
    if (!lockSwitch) return
    const released = this.latest(name)?.configurations ?? {}
    const same = JSON.stringify(sorted(released)) === JSON.stringify(sorted(valuesOf(namespace)))
    namespace.lockedBy = same ? undefined : by
  }

  #tell(namespace: ApolloNamespace): void {
    for (const watcher of this.#watchers) watcher(namespace)
  }
}

/** Lines without a key are comments and blank lines. */
function valuesOf({ items }: ApolloNamespace): Record<string, string> {
  return Object.fromEntries(items.filter(({ key }) => key !== '').map(({ key, value }) => [key, value]))
}

function sorted(values: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))
}
