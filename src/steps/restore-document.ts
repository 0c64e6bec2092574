import { CutoverError, isCutoverError } from '../core/errors.ts'
import type { StoredDocument } from '../core/ports/config-center.ts'
import type { SecretRef } from '../core/secret.ts'
import type { StepContext } from '../core/step.ts'
import { untilCenterHealthy } from './center-health.ts'
import { withDatasource, type DatasourceWish } from './datasource-edit.ts'
import { restartEach } from './restart-each.ts'
import {
  datasourceIn,
  readDocument,
  sha256,
  type Datasource,
  type ServiceDocument,
} from './service-document.ts'

/** How many versions back the old bytes are looked for. More edits than this during one run are a conflict anyway. */
const versionsRead = 10

/** The before-image. The document's bytes stay in the config center's history, because they hold a password. */
export type SeenDocument = {
  readonly etag: string
  /** SHA-256 of the content: recognises the old bytes when they come back from the history. */
  readonly sha256: string
  readonly before: Datasource
  /** False: the document had the wanted datasource already, so there is nothing to undo. */
  readonly differs: boolean
}

export interface PublishedWish {
  readonly datasource: DatasourceWish
  readonly previousPassword?: SecretRef | undefined
}

/**
 * Brings the document's old bytes back by compare-and-set, unless they are there already or it was never changed.
 * @returns whether instances may be using the datasource that was published.
 * @throws CutoverError `conflict` when somebody else edited the document after it was published.
 */
export async function restoreDocument(
  context: StepContext,
  document: ServiceDocument,
  want: PublishedWish,
  seen: SeenDocument,
): Promise<{ readonly published: boolean }> {
  if (!seen.differs) return { published: false }
  const current = await readDocument(context, document)
  await takeBackEdit(context, document, current)
  const past = await readPast(context, document)
  const old = await findOldBytes(context, document, want, seen, [current, ...(past ?? [])])
  const ours = old === undefined ? undefined : await withDatasource(context, document, old, want.datasource)
  if (old !== undefined && current.content === ours) {
    await document.center.put(document.ref, old, { expect: { etag: current.etag } }, context.signal)
    return { published: true }
  }
  // Where nobody can tell whether it was published, it counts as published.
  const published = ours === undefined || past === undefined || past.some((one) => one.content === ours)
  if (published && !(await isBack(context, document, want, seen, current.content)))
    throw editedAfterUs(document, seen)
  return { published }
}

/**
 * Where a write is an edit and then a release, a run that died in between has left the edit with the new datasource:
 * the next release, whoever makes it, would give it to the service.
 */
export async function takeBackEdit(
  context: StepContext,
  document: ServiceDocument,
  current: StoredDocument,
): Promise<void> {
  const { center, ref } = document
  if ((await center.capabilities(context.signal)).twoSteps !== true) return
  try {
    await center.put(ref, current.content, { expect: { etag: current.etag } }, context.signal)
  } catch (error) {
    // Somebody else is editing it: theirs is not ours to take back, and no reason not to go on.
    if (!isCutoverError(error) || error.code !== 'conflict') throw error
  }
}

/**
 * Restarts every instance on the document as it is now, as the way back ends.
 *
 * Where the config center died after the document was restored, the instances run on with what they have: before the
 * point of no return the target takes no writes, so an instance that stays there loses none, and goes on answering reads.
 */
export async function restartOnDocument(
  context: StepContext,
  service: string,
  document: ServiceDocument,
): Promise<void> {
  await untilCenterHealthy(context, service, 'every instance')
  const { etag } = await readDocument(context, document)
  await document.center.awaitVisible(document.ref, etag, context.signal)
  await restartEach(context, service)
}

/** The newest bytes with this hash, of the document now and of its history; undefined: nobody has them. */
export async function findBytes(
  context: StepContext,
  document: ServiceDocument,
  hash: string,
  current: StoredDocument,
): Promise<string | undefined> {
  if (sha256(current.content) === hash) return current.content
  const past = await readPast(context, document)
  return past?.find((one) => sha256(one.content) === hash)?.content
}

/** True for the old bytes, and for a document of somebody else that names the old datasource again. */
export async function isBack(
  context: StepContext,
  document: ServiceDocument,
  want: PublishedWish,
  seen: SeenDocument,
  content: string,
): Promise<boolean> {
  if (sha256(content) === seen.sha256) return true
  const now = datasourceIn(context, document, content)
  if (now.address !== seen.before.address || now.user !== seen.before.user) return false
  // A step that changes only the password is told apart by the password.
  return (await withDatasource(context, document, content, want.datasource)) !== content
}

/** Refuses before anything changes when undo could not find the old password again. */
export async function refuseWithoutWayBack(
  context: StepContext,
  document: ServiceDocument,
  want: PublishedWish,
): Promise<void> {
  const { history, server } = await document.center.capabilities(context.signal)
  const byUrl = want.datasource.url !== undefined
  if (history || (want.previousPassword !== undefined && !byUrl)) return
  throw new CutoverError(
    'system.unsupported',
    `${server} keeps no history, so undo could not restore ${document.title}`,
    {
      where: document.center.name,
      hint: byUrl
        ? 'Leave the url of the datasource out: the address is then pointed elsewhere and back, one server only.'
        : 'Add previousPassword: with a reference to the password the document holds now.',
    },
  )
}

/** Earlier versions, newest first; undefined where the center keeps none. */
async function readPast(
  context: StepContext,
  document: ServiceDocument,
): Promise<readonly StoredDocument[] | undefined> {
  if (!(await document.center.capabilities(context.signal)).history) return undefined
  const past: StoredDocument[] = []
  const versions = await document.center.history(document.ref, context.signal)
  for (const { id } of versions.slice(0, versionsRead)) {
    const version = await document.center.version(document.ref, id, context.signal)
    if (version) past.push(version)
  }
  return past
}

/** The bytes from before: from the history, else by editing the datasource back. The hash proves them. */
async function findOldBytes(
  context: StepContext,
  document: ServiceDocument,
  want: PublishedWish,
  seen: SeenDocument,
  versions: readonly StoredDocument[],
): Promise<string | undefined> {
  const found = versions.find((one) => sha256(one.content) === seen.sha256)
  if (found) return found.content
  const present = versions[0]?.content
  if (present === undefined || want.previousPassword === undefined) return undefined
  const password = await context.ports.secrets.resolve(want.previousPassword, context.signal)
  const editedBack = withOldDatasource(context, document, present, seen.before, password.reveal())
  return sha256(editedBack) === seen.sha256 ? editedBack : undefined
}

function withOldDatasource(
  context: StepContext,
  document: ServiceDocument,
  content: string,
  before: Datasource,
  password: string,
): string {
  const [server = '', schema = ''] = before.address.split('/')
  // One address cannot be made several servers again; without a history it was never made one.
  if (server.includes(',')) return content
  const editor = context.ports.documents
  const address = editor.parseAddress(`mysql://${server}/${encodeURIComponent(schema)}`)
  const to = { ...address, user: before.user, password }
  return editor.editDatasource(content, document.format, document.fields, to)
}

function editedAfterUs(document: ServiceDocument, seen: SeenDocument): CutoverError {
  return new CutoverError(
    'conflict',
    `somebody else edited ${document.title} after it was published here; nothing was overwritten`,
    {
      where: document.center.name,
      hint: `Set its datasource back to ${seen.before.address} as ${seen.before.user} by hand (the old text is in its history), then undo again.`,
    },
  )
}
