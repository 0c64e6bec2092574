import { documentEditor } from '../../src/config-centers/documents/document-editor.ts'
import type { InstanceStatus } from '../../src/core/instance-status.ts'
import { parseNotice, type Notice, type StagedDocument } from '../../src/core/notice.ts'
import type { StoredDocument } from '../../src/core/ports/config-center.ts'
import { keyOf, mayReadReleases, releaseOf, type FakeDatabaseState } from './fake-database-server.ts'

/** How one process of a service that is switched live is, and what is the matter with it. */
export interface FakeHotState {
  /** How far its clock is ahead of the center's, milliseconds. */
  clockAheadMs: number
  /** It hears no notice any more. */
  deaf: boolean
  /** It does not answer: stopped, or gone. */
  silent: boolean
  /** A unit of work of this age is under way and does not end, milliseconds; 0: none. */
  longestWorkMs: number
  /** Another token than the runner's is wanted. */
  refusesToken: boolean
  /** Fields of its answer that are not what they should be. */
  wrong: Partial<Record<keyof InstanceStatus, unknown>>
  heard: Notice | undefined
  generation: number
  /** The run that switched it last. */
  switchedBy: string | undefined
}

export function createHotState(): FakeHotState {
  return {
    clockAheadMs: 0,
    deaf: false,
    silent: false,
    longestWorkMs: 0,
    refusesToken: false,
    wrong: {},
    heard: undefined,
    generation: 0,
    switchedBy: undefined,
  }
}

/** What a process sees of the world around it. */
export interface HotSurroundings {
  readonly service: string
  readonly databases: ReadonlyMap<string, FakeDatabaseState>
  readonly fields: { readonly url: string; readonly user: string; readonly password: string }
  /** Milliseconds since 1970, by the center's clock. */
  readonly now: number
  noticeText(): string
  document(ref: StagedDocument): StoredDocument | undefined
}

/** The datasource it is going to have. */
interface Next {
  readonly etag: string
  readonly database: FakeDatabaseState | undefined
  readonly user: string
  readonly problems: readonly string[]
}

export interface HotView {
  readonly gate: InstanceStatus['gate']
  readonly next: Next | undefined
  /** The process has just seen its release and is switched from here on. */
  readonly switchesTo: { readonly database: string; readonly user: string } | undefined
}

/** Lets the process hear and do what it would have heard and done by now. */
export function letLive(hot: FakeHotState, around: HotSurroundings): HotView {
  if (!hot.deaf) hear(hot, around)
  const next = findNext(hot.heard, around)
  const { heard } = hot
  if (!heard) return { gate: 'open', next, switchesTo: undefined }
  const released = next?.database && releaseOf(next.database, { service: around.service, runId: heard.runId })
  if (released && hot.switchedBy !== heard.runId && next?.database) {
    hot.switchedBy = heard.runId
    hot.generation += 1
    return { gate: 'open', next, switchesTo: { database: next.database.name, user: next.user } }
  }
  return { gate: gateOf(hot, heard, around), next, switchesTo: undefined }
}

function hear(hot: FakeHotState, around: HotSurroundings): void {
  const notice = parseNotice(around.noticeText())
  if (!notice?.services.includes(around.service)) return
  if (hot.heard && notice.epoch < hot.heard.epoch) return
  hot.heard = notice
}

function gateOf(hot: FakeHotState, heard: Notice, around: HotSurroundings): InstanceStatus['gate'] {
  if (heard.phase !== 'holding' || !heard.hold || hot.switchedBy === heard.runId) return 'open'
  const now = around.now + hot.clockAheadMs
  const at = Date.parse(heard.hold.at)
  if (now < at) return 'open'
  // It has ended, and the target had no release: back to the source.
  if (now >= Date.parse(heard.until)) return 'open'
  if (now >= at + heard.hold.limitMs) return 'refusing'
  const endsLate = heard.hold.late === 'end' && now >= at + heard.hold.drainMs
  return hot.longestWorkMs > 0 && !endsLate ? 'closing' : 'closed'
}

function findNext(heard: Notice | undefined, around: HotSurroundings): Next | undefined {
  const staged = heard?.staged?.[around.service]
  if (!staged) return undefined
  const document = around.document(staged)
  if (!document || document.etag !== staged.etag) return undefined
  const read = (path: string): string => documentEditor.read(document.content, 'yaml', path) ?? ''
  const { host, port } = documentEditor.parseAddress(read(around.fields.url))
  const user = read(around.fields.user)
  const database = [...around.databases.values()].find(
    ({ address }) => address.host === host && address.port === port,
  )
  const account = database?.accounts.get(keyOf({ user, host: '%' }))
  const problems = [
    ...(account?.password === read(around.fields.password) ? [] : ['cannot log in']),
    ...(account?.grants.includes(mayReadReleases) ? [] : ['cannot read the table of releases']),
  ]
  return { etag: staged.etag, database, user, problems }
}
