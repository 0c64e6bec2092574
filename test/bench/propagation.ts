import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchDocument, type DocumentSighting } from '../../src/config-centers/watch-document.ts'
import type { DocumentRef } from '../../src/core/ports/config-center.ts'
import { randomPassword } from '../../src/lab/servers/random-password.ts'
import { labCenters } from '../../src/lab/center/lab-centers.ts'
import { labRef, makeLabCenter, type LabCenter, type OpenCenter } from '../../src/lab/center/lab-center.ts'
import { nacosAccess } from '../../src/lab/center/nacos-access.ts'
import { nacosLines, type NacosLine } from '../../src/lab/center/real/nacos-lines.ts'
import { startRealNacos } from '../../src/lab/center/real/start-real-nacos.ts'
import { startNacosServer } from '../../src/lab/center/start-nacos-server.ts'
import { spread } from './statistics.ts'

type Spread = ReturnType<typeof spread>

/** How fast a new version of a document gets around, in milliseconds from the call that publishes it. */
export interface Propagation {
  readonly center: string
  readonly publishes: number
  /** The call itself: reading, publishing, reading back. */
  readonly put: Spread
  /** Whoever watches with the runner's rights. */
  readonly watcher: Spread
  /** A service that follows the document as ordinary clients read it. */
  readonly service: Spread
  /** The list of subscribers shows the new version. Absent: the center keeps no such list. */
  readonly subscribers?: Spread
}

interface Place {
  readonly directory: string
  readonly signal: AbortSignal
}

type Opener = (place: Place) => Promise<LabCenter>

const say = (text: string): void => void process.stderr.write(`${text}\n`)
const publishMs = 60_000

/** Every center a lab can have, by the name the table gives it. */
function openers(): Readonly<Record<string, Opener>> {
  const found: Record<string, Opener> = {}
  for (const flavour of ['2.5', '3.1'] as const) {
    found[`embedded ${flavour}`] = async () => {
      const password = randomPassword('nacos')
      const auth = { username: 'nacos', password: password.reveal() }
      const server = await startNacosServer({ flavour, auth })
      return makeLabCenter({ server, ...nacosAccess(server.url, password) })
    }
  }
  for (const line of nacosLines) found[`Nacos ${line}`] = (place) => openReal(line, place)
  for (const [name, open] of Object.entries(labCenters)) {
    if (!/^(embedded|nacos)/.test(name))
      found[name] = (place) => (open as OpenCenter<unknown>)({ ...place, say })
  }
  return found
}

async function openReal(line: NacosLine, { directory, signal }: Place): Promise<LabCenter> {
  const password = randomPassword('nacos')
  const auth = { username: 'nacos', password: password.reveal() }
  const server = await startRealNacos({ line, directory: join(directory, 'nacos'), auth, signal, say })
  return makeLabCenter({ server, ...nacosAccess(server.url, password) })
}

/**
 * Publishes a document again and again and measures when others see it.
 * @param only words that the center's name must hold. Default: all centers.
 */
export async function* benchPropagation(publishes: number, only = ''): AsyncGenerator<Propagation> {
  const signal = new AbortController().signal
  for (const [name, open] of Object.entries(openers())) {
    if (!name.includes(only)) continue
    const directory = await mkdtemp(join(tmpdir(), 'cutover-propagation-'))
    try {
      await using center = await open({ directory, signal })
      yield await measure(name, center, publishes)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
}

async function measure(name: string, lab: LabCenter, publishes: number): Promise<Propagation> {
  const ref = labRef('propagation.yaml')
  const first = await lab.documents.put(ref, 'round: 0\n', { expect: 'absent' }, within())
  await using followers = await follow(lab, ref, first.content)
  const { subscribers } = await lab.documents.capabilities(within())
  const takes: Take[] = []
  let { etag } = first
  for (let round = 1; round <= publishes; round += 1) {
    // Real edits are far apart: the watchers wait again before the next.
    await sleep(200 + Math.random() * 200)
    const content = `round: ${round}\n`
    const began = performance.now()
    const stored = await lab.documents.put(ref, content, { expect: { etag } }, within())
    const put = performance.now() - began
    const [listed, watcher, service] = await Promise.all([
      subscribers ? listedAt(lab, ref, stored.etag) : undefined,
      followers.watcher.seenAt(content),
      followers.service.seenAt(content),
    ])
    const subscriber = listed === undefined ? undefined : listed - began
    takes.push({ put, watcher: watcher - began, service: service - began, subscriber })
    etag = stored.etag
  }
  return summaryOf(name, takes)
}

interface Take {
  readonly put: number
  readonly watcher: number
  readonly service: number
  readonly subscriber: number | undefined
}

function summaryOf(center: string, takes: readonly Take[]): Propagation {
  const listed = takes.flatMap(({ subscriber }) => subscriber ?? [])
  return {
    center,
    publishes: takes.length,
    put: spread(takes.map(({ put }) => put)),
    watcher: spread(takes.map(({ watcher }) => watcher)),
    service: spread(takes.map(({ service }) => service)),
    ...(listed.length > 0 && { subscribers: spread(listed) }),
  }
}

interface Followers extends AsyncDisposable {
  readonly watcher: Sightings
  readonly service: Sightings
}

/** Lets both kinds of watchers see the first version. */
async function follow(lab: LabCenter, ref: DocumentRef, content: string): Promise<Followers> {
  const stop = new AbortController()
  const watcher = new Sightings()
  const service = new Sightings()
  const watching = Promise.all([
    watcher.listen(lab.documents.watch(ref, stop.signal)),
    service.listen(readings(watchDocument({ ...lab.access, ...ref }, stop.signal))),
  ])
  await Promise.all([watcher.seenAt(content), service.seenAt(content)])
  return {
    watcher,
    service,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await watching
    },
  }
}

async function* readings(
  all: AsyncIterable<DocumentSighting>,
): AsyncGenerator<{ readonly content: string | null }> {
  for await (const each of all) if (each.state === 'current') yield each
}

/** When each content was first seen. */
class Sightings {
  readonly #times = new Map<string, number>()
  #wake = new EventTarget()

  async listen(documents: AsyncIterable<{ readonly content: string | null } | null>): Promise<void> {
    for await (const document of documents) {
      this.#times.set(document?.content ?? '', performance.now())
      this.#wake.dispatchEvent(new Event('seen'))
    }
  }

  async seenAt(content: string): Promise<number> {
    const signal = within()
    for (;;) {
      const time = this.#times.get(content)
      if (time !== undefined) return time
      await once(this.#wake, 'seen', { signal })
    }
  }
}

/** The server is asked again and again, so the figure is up to one question late. */
async function listedAt({ documents }: LabCenter, ref: DocumentRef, etag: string): Promise<number> {
  const signal = within()
  for (;;) {
    const subscribers = await documents.subscribers(ref, signal)
    if (subscribers.some((each) => each.etag === etag)) return performance.now()
    await sleep(5, undefined, { signal })
  }
}

function within(): AbortSignal {
  return AbortSignal.timeout(publishMs)
}

/** A header and a line for each center. */
export function propagationLines(results: readonly Propagation[]): readonly string[] {
  const header = ['center', 'publishes', 'put', 'watcher', 'service', 'subscriber list']
  const rows = results.map(({ center, publishes, put, watcher, service, subscribers }) => [
    center,
    String(publishes),
    ...[put, watcher, service, subscribers].map((each) =>
      each ? `${each.p50} / ${each.p95} / ${each.max}` : '—',
    ),
  ])
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
