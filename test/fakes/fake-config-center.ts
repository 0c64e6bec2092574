import { createHash } from 'node:crypto'
import { CutoverError } from '../../src/core/errors.ts'
import type {
  ConfigCenter,
  DocumentMeta,
  DocumentRef,
  DocumentVersion,
  Expectation,
  GrayDocument,
  RegisteredInstance,
  StoredDocument,
  Subscriber,
} from '../../src/core/ports/config-center.ts'

interface Past {
  readonly version: DocumentVersion
  readonly stored: StoredDocument
}

/** What a fake center holds. `past` is per document, newest first, and keeps what Nacos keeps. */
export interface FakeCenterState {
  readonly name: string
  documents: Map<string, { content: string; meta: DocumentMeta }>
  past: Map<string, Past[]>
  keepsHistory: boolean
  tellsTime: boolean
  /** By document key: edits that were never released, in a center that writes in two steps. */
  unreleased: Set<string>
  twoSteps: boolean
  hasGray: boolean
  /** By document key: what chosen clients are given. */
  gray: Map<string, GrayDocument>
  tellsSubscribers: boolean
  /** By document key: who holds which version. */
  subscribers: Map<string, Subscriber[]>
  /** Servers that are not ready. */
  ill: Set<string>
  /** By `group/service name`: who is registered, healthy and enabled. */
  registered: Map<string, RegisteredInstance[]>
  /** Runs before the next write is looked at: somebody else who is quicker. */
  beforePut: (() => void) | undefined
  /** Runs after each write: clients that follow a document. */
  afterPut: (() => void) | undefined
}

export function createCenterState(name: string): FakeCenterState {
  return {
    name,
    documents: new Map(),
    past: new Map(),
    keepsHistory: true,
    tellsTime: true,
    unreleased: new Set(),
    twoSteps: false,
    hasGray: true,
    gray: new Map(),
    tellsSubscribers: false,
    subscribers: new Map(),
    ill: new Set(),
    registered: new Map(),
    beforePut: undefined,
    afterPut: undefined,
  }
}

export function documentKey(ref: DocumentRef): string {
  return `${ref.group}/${ref.dataId}`
}

/** Writes like somebody who does not ask, with history. */
export function overwrite(
  state: FakeCenterState,
  ref: DocumentRef,
  content: string,
  meta?: DocumentMeta,
): void {
  const key = documentKey(ref)
  const before = state.documents.get(key)
  const after = { content, meta: { ...before?.meta, ...meta } }
  if (before) remember(state, key, { operation: 'update', keeps: 'before' }, before)
  else remember(state, key, { operation: 'insert', keeps: 'after' }, after)
  state.documents.set(key, after)
}

function remember(
  state: FakeCenterState,
  key: string,
  change: Pick<DocumentVersion, 'operation' | 'keeps'>,
  kept: { content: string; meta: DocumentMeta },
): void {
  const list = state.past.get(key) ?? []
  const version: DocumentVersion = { id: String(list.length + 1), at: '', by: 'somebody', ...change }
  state.past.set(key, [{ version, stored: { ...kept, etag: etagOf(kept.content) } }, ...list])
}

function etagOf(content: string): string {
  return createHash('md5').update(content).digest('hex')
}

/** A document as the center stores it. */
export function storedDocument(state: FakeCenterState, ref: DocumentRef): StoredDocument | undefined {
  const found = state.documents.get(documentKey(ref))
  return found && { content: found.content, meta: { ...found.meta }, etag: etagOf(found.content) }
}

function requireHolds(
  state: FakeCenterState,
  ref: DocumentRef,
  expect: Expectation,
  now: StoredDocument | null,
): void {
  if (expect === 'any') return
  const holds = expect === 'absent' ? now === null : now?.etag === expect.etag
  if (!holds) throw new CutoverError('conflict', `${ref.dataId} changed meanwhile`, { where: state.name })
}

function requireGray(state: FakeCenterState): void {
  if (!state.hasGray) throw new CutoverError('system.unsupported', 'no gray versions', { where: state.name })
}

/** A config center in memory: compare-and-set, history with the text before each change, md5 as version mark. */
export function createFakeConfigCenter(
  state: FakeCenterState,
  now: () => Date = () => new Date(),
): ConfigCenter {
  const read = (ref: DocumentRef): StoredDocument | null => storedDocument(state, ref) ?? null
  const check = (ref: DocumentRef, expect: Expectation): void => requireHolds(state, ref, expect, read(ref))
  return {
    name: state.name,
    [Symbol.asyncDispose]: async () => undefined,
    capabilities: async () => ({
      server: 'fake center',
      compareAndSet: 'full',
      history: state.keepsHistory,
      subscribers: state.tellsSubscribers,
      gray: state.hasGray,
      metadata: true,
      twoSteps: state.twoSteps,
    }),
    now: async () => (state.tellsTime ? now() : undefined),
    get: async (ref) => read(ref),
    put: async (ref, content, { expect, meta }) => {
      state.beforePut?.()
      state.beforePut = undefined
      check(ref, expect)
      state.unreleased.delete(documentKey(ref))
      overwrite(state, ref, content, meta)
      state.afterPut?.()
      return read(ref) as StoredDocument
    },
    remove: async (ref, { expect }) => {
      const key = documentKey(ref)
      const before = state.documents.get(key)
      state.unreleased.delete(key)
      if (!before) return
      check(ref, expect)
      if (state.gray.has(key))
        throw new CutoverError('system.refused', `${ref.dataId} has a gray version`, { where: state.name })
      remember(state, key, { operation: 'delete', keeps: 'before' }, before)
      state.documents.delete(key)
    },
    awaitVisible: async (ref, etag) => {
      if (read(ref)?.etag !== etag)
        throw new CutoverError('deadline', `${ref.dataId} never showed that version`)
    },
    history: async (ref) => {
      if (!state.keepsHistory)
        throw new CutoverError('system.unsupported', 'no history', { where: state.name })
      return (state.past.get(documentKey(ref)) ?? []).map(({ version }) => version)
    },
    version: async (ref, id) =>
      (state.past.get(documentKey(ref)) ?? []).find(({ version }) => version.id === id)?.stored ?? null,
    subscribers: async (ref) => structuredClone(state.subscribers.get(documentKey(ref)) ?? []),
    gray: async (ref) => (requireGray(state), state.gray.get(documentKey(ref)) ?? null),
    putGray: async (ref, content, { expect, addresses }) => {
      requireGray(state)
      const present = state.gray.get(documentKey(ref)) ?? null
      requireHolds(state, ref, expect, present)
      if (read(ref) === null) throw new CutoverError('system.refused', `there is no ${ref.dataId}`)
      const gray = { content, addresses, etag: etagOf(content), meta: {} }
      state.gray.set(documentKey(ref), gray)
      return gray
    },
    stopGray: async (ref, { expect }) => {
      requireGray(state)
      const present = state.gray.get(documentKey(ref)) ?? null
      if (present === null) return
      requireHolds(state, ref, expect, present)
      state.gray.delete(documentKey(ref))
    },
    health: async () =>
      [state.name].map((server) => ({
        server,
        healthy: !state.ill.has(server),
        detail: state.ill.has(server) ? 'not ready' : 'ready',
      })),
    registered: async ({ group, serviceName }) =>
      structuredClone(state.registered.get(`${group}/${serviceName}`) ?? []),
    watch: async function* (ref) {
      yield read(ref)
    },
  }
}
