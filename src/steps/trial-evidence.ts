import type { Session } from '../core/ports/database-server.ts'
import type { StepContext } from '../core/step.ts'
import type { DatasourceWish } from './datasource-edit.ts'
import { unhealthyInstances } from './restart-each.ts'
import { serviceDocument, sha256, type Datasource } from './service-document.ts'
import { addressesOf } from './tried-instances.ts'

/** Between two looks at instances that try a datasource, milliseconds. */
export const lookAgainMs = 200

/** The before-image of a trial. */
export type Trial = {
  /** Version of the document that the trial was made from. */
  readonly etag: string
  readonly before: Datasource
  /** SHA-256 of what is tried: recognises the gray version as this run's. The content holds a password. */
  readonly tried: string
  /** False: the document has the wanted datasource already. */
  readonly differs: boolean
  /** Sessions that the wanted user had on the wanted server before: they are not the instances'. */
  readonly sessions: readonly number[]
}

export interface TrialWish {
  readonly service: string
  readonly instances: readonly string[]
  readonly datasource: DatasourceWish
}

export async function userSessions(
  context: StepContext,
  { database, user }: DatasourceWish,
): Promise<readonly Session[]> {
  const sessions = await context.ports.database(database).sessions(context.signal)
  return sessions.filter((session) => session.user === user)
}

/**
 * Sessions with the tried datasource that were not there before. None where the old datasource has the same server and
 * user: then nobody can tell them from those of the other instances.
 */
export async function newSessions(
  context: StepContext,
  want: TrialWish,
  seen: Trial,
): Promise<readonly Session[]> {
  if (!tellsApart(context, want, seen)) return []
  const known = new Set(seen.sessions)
  return (await userSessions(context, want.datasource)).filter(({ id }) => !known.has(id))
}

/** What is missing before the datasource counts as tried, a sentence each. */
export async function findUntried(
  context: StepContext,
  want: TrialWish,
  seen: Trial,
): Promise<readonly string[]> {
  const { center, ref, title } = serviceDocument(context, want.service)
  const gray = await center.gray(ref, context.signal)
  if (gray === null) return [`nobody is given a gray version of ${title}`]
  if (sha256(gray.content) !== seen.tried) return [`the gray version of ${title} is somebody else's`]
  const unhealthy = await unhealthyInstances(context, want.service, want.instances)
  return [
    ...unhealthy,
    ...(await findLate(context, want, gray.etag)),
    ...(await findUnconnected(context, want, seen)),
  ]
}

/** Instances that read their document once, when they start, are no subscribers; their sessions decide. */
async function findLate(context: StepContext, want: TrialWish, etag: string): Promise<readonly string[]> {
  const { center, ref } = serviceDocument(context, want.service)
  if (!(await center.capabilities(context.signal)).subscribers) return []
  const addresses = addressesOf(context, want.service, want.instances)
  const held = await center.subscribers(ref, context.signal)
  return held
    .filter((one) => addresses.includes(one.address) && one.etag !== etag)
    .map(({ address }) => `${address} does not hold the gray version yet`)
}

async function findUnconnected(
  context: StepContext,
  want: TrialWish,
  seen: Trial,
): Promise<readonly string[]> {
  if (!tellsApart(context, want, seen)) return []
  const count = (await newSessions(context, want, seen)).length
  if (count >= want.instances.length) return []
  const { database, user } = want.datasource
  return [
    `${want.instances.length} instances were restarted, and ${user} has ${count} new sessions on ${database}`,
  ]
}

function tellsApart(context: StepContext, { datasource }: TrialWish, { before }: Trial): boolean {
  const { host, port } = context.ports.database(datasource.database).serviceAddress
  const servers = before.address.split('/')[0]?.split(',') ?? []
  return before.user !== datasource.user || !servers.includes(`${host}:${port}`)
}
